import { type RedisClient, retryDelayMs } from '../client.ts';
import type { NodeSettings } from './node-settings.ts';
import type { Topology } from './topology.ts';

/**
 * A client for subscriptions, on whichever node serves a slot: each time it connects, it connects to the one that
 * does so then.
 */
export const openListener = (settings: NodeSettings, topology: Topology, slot: number): RedisClient => {
  const [seed = { host: '127.0.0.1', port: 0 }] = settings.seeds;
  const aim = (): void => {
    const { host, port } = topology.addressOf(slot) ?? seed;
    // ioredis looks at its options when it connects.
    Object.assign(client.options, { host, port });
  };
  const client = settings.open(seed, {
    autoResubscribe: false,
    retryStrategy: (attempt) => {
      aim();
      return retryDelayMs(attempt);
    },
  });
  const connect = client.connect.bind(client);
  // ioredis calls it too, for each further attempt: then `aim` has been called already.
  client.connect = async () => {
    if (client.status !== 'wait') return connect();
    topology.start();
    await topology.until(() => topology.isKnown).done;
    aim();
    // It may have been closed, or asked to connect twice, meanwhile.
    return client.status === 'wait' ? connect() : undefined;
  };
  return client;
};
