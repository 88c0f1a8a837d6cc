import type { RedisOptions } from 'ioredis';
import type { ClientSource } from './client.ts';
import { describePlace, parseRedisPlace } from './place.ts';

/** Where commands go, as a text to compare; undefined where that is not one (Cluster, a client behind
 * Sentinel). */
const addressOf = ({ url, client }: ClientSource): string | undefined => {
  if (url !== undefined) {
    const place = parseRedisPlace(url);
    if (place.kind === 'cluster') return undefined;
    return place.kind === 'server' ? `${place.host}:${place.port}` : describePlace({ ...place, db: 0 });
  }
  if (!client || client.isCluster) return undefined;
  const { host, port, path, sentinels } = client.options as RedisOptions;
  if (sentinels && sentinels.length > 0) return undefined;
  return path ?? `${host}:${port}`;
};

/**
 * Whether both lead to the same server, as far as their settings say: the same client, or the same address.
 * The database does not matter to messages, and two names of one address count as two servers.
 */
export const isSameServer = (one: ClientSource, other: ClientSource): boolean => {
  if (one.client && one.client === other.client) return one.client.isCluster !== true;
  const address = addressOf(one);
  return address !== undefined && address === addressOf(other);
};
