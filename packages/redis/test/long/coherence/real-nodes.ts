import { systemClock } from '@keepsake/core';
import { type FaultProxy, type RedisServer, startFaultProxy } from '@keepsake/tooling/servers';
import { RedisBackend, RedisBus } from '../../../src/index.ts';
import type { CacheNode, MakeNode } from './cache-node.ts';

/** A cache that reaches the server through proxies of its own. */
export interface RealNode {
  readonly cache: CacheNode;
  readonly data: FaultProxy;
  /** The same as `data` where the scripts that change data tell the bus: they must be on the same server. */
  readonly bus: FaultProxy;
  close(): Promise<void>;
}

export interface RealNodeOptions {
  readonly make: MakeNode;
  readonly stalenessMs: number;
  readonly ttlMs: number;
  /** One way to the server for data and bus, or one for each. */
  readonly hasOneWay: boolean;
}

const PREFIX = 'coherence:';

export const startRealNode = async (server: RedisServer, options: RealNodeOptions): Promise<RealNode> => {
  const { make, stalenessMs, ttlMs, hasOneWay } = options;
  const data = await startFaultProxy(server.port);
  const bus = hasOneWay ? data : await startFaultProxy(server.port);
  const cache = make({
    clock: systemClock,
    l2: new RedisBackend({ url: data.url, prefix: PREFIX }),
    bus: new RedisBus({ url: bus.url, channel: `${PREFIX}~bus` }),
    stalenessMs,
    ttlMs,
    maxEntries: 1_000,
  });
  return {
    cache,
    data,
    bus,
    close: async () => {
      await cache.close();
      await Promise.all([data.close(), bus.close()]);
    },
  };
};
