import { ClusterServers } from './cluster/cluster-servers.ts';
import { nodeSettings } from './cluster/node-settings.ts';
import { RedisConnection, type RedisConnectionOptions } from './connection.ts';
import { OneServer } from './one-server.ts';
import type { Servers } from './servers.ts';

/** The servers that a URL or a client leads to. */
export const openServers = (options: RedisConnectionOptions): Servers => {
  const settings = nodeSettings(options);
  return settings ? new ClusterServers(settings, options) : new OneServer(new RedisConnection(options));
};
