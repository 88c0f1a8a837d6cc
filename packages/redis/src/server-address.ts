import { isIPv6 } from 'node:net';
import type { RedisOptions } from 'ioredis';
import type { ClientSource, RedisClient } from './client.ts';
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

/**
 * ` to host:port`, for a message about the connection: whoever reads it most often has the wrong URL. Nothing where the
 * client's settings do not say it (behind Sentinel), and never a part of the login.
 */
export const toAddress = ({ options }: Pick<RedisClient, 'options'>): string => {
  const { host, port, path, sentinels } = options as RedisOptions;
  if (sentinels && sentinels.length > 0) return '';
  if (typeof path === 'string') return ` to ${path}`;
  if (typeof host !== 'string' || typeof port !== 'number') return '';
  return ` to ${isIPv6(host) ? `[${host}]` : host}:${port}`;
};
