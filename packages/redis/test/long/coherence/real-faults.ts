/** What can go wrong with real connections to a real server. Each ends by itself, and leaves nothing broken. */
import type { FaultProxy, RedisServer } from '@keepsake/tooling/servers';
import type { Redis } from 'ioredis';
import type { Random } from '@keepsake/tooling/simulation';
import type { RealNode } from './real-nodes.ts';

export interface RealParts {
  readonly server: RedisServer;
  /** Straight to the server. */
  readonly admin: Redis;
  readonly nodes: readonly RealNode[];
  readonly random: Random;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Fault = (parts: RealParts, node: RealNode) => Promise<unknown> | unknown;

/** Bytes that vanished never come: the connections that lacked them must not go on. */
const vanish = async (proxy: FaultProxy, ms: number): Promise<void> => {
  proxy.blackhole(true);
  await sleep(ms);
  proxy.cut();
  proxy.blackhole(false);
};

const slow = async (proxy: FaultProxy, delayMs: number, ms: number): Promise<void> => {
  proxy.delay(delayMs);
  await sleep(ms);
  proxy.delay(0);
};

const FAULTS: Readonly<Record<string, Fault>> = {
  'bus is reset': (_, { bus }) => bus.cut(),
  'data is reset': (_, { data }) => data.cut(),
  'bus vanishes': ({ random }, { bus }) => vanish(bus, 100 + random.below(2_500)),
  'data vanishes': ({ random }, { data }) => vanish(data, 100 + random.below(1_500)),
  'bus is slow': ({ random }, { bus }) => slow(bus, random.below(700), 1_000),
  'data is slow': ({ random }, { data }) => slow(data, random.below(300), 1_000),
  'server is frozen': async ({ server, random }) => {
    server.pause();
    await sleep(50 + random.below(1_500));
    server.resume();
  },
  'subscribers are kicked': ({ admin }) => admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  'data is flushed': ({ admin }) => admin.flushall(),
  'server is replaced': ({ server, random }) => (random.below(4) === 0 ? server.restart() : undefined),
};

/** One thing after another, with pauses, until it is told to stop; counts what was done. */
export const breakThings = async (parts: RealParts, isOver: () => boolean): Promise<Map<string, number>> => {
  const { random, nodes } = parts;
  const counts = new Map<string, number>();
  while (!isOver()) {
    await sleep(100 + random.below(2_500));
    const name = random.pick(Object.keys(FAULTS));
    await FAULTS[name]?.(parts, random.pick(nodes));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
};
