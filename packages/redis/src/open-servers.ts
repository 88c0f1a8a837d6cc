import { CacheError } from '@keepsake/core';
import { RedisConnection, type RedisConnectionOptions } from './connection.ts';
import { OneServer } from './one-server.ts';
import type { Servers } from './servers.ts';

/** The servers that a URL or a client leads to. */
export const openServers = (options: RedisConnectionOptions): Servers => {
  if (options.client?.isCluster === true) {
    throw new CacheError(
      'ERR_OPTION',
      'client: Redis Cluster is not supported yet; give a client of one server',
    );
  }
  return new OneServer(new RedisConnection(options));
};
