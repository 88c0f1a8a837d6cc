import type { RedisOptions } from 'ioredis';
import type { ClientSource } from './client.ts';
import { parseRedisUrl } from './url.ts';

/** Where commands go, as a text to compare; undefined where that is not one address (Sentinel, Cluster). */
const addressOf = ({ url, client }: ClientSource): string | undefined => {
  if (url !== undefined) {
    const { host, port } = parseRedisUrl(url);
    return `${host}:${port}`;
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
  if (one.client && one.client === other.client) return true;
  const address = addressOf(one);
  return address !== undefined && address === addressOf(other);
};
