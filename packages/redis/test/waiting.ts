import { type BackendFence, isMiss } from '@keepsake/core';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis, type RedisOptions } from 'ioredis';
import { FAIL_FAST } from '../src/client.ts';
import type { RedisBackend } from '../src/index.ts';
import { KeySpace } from '../src/key-space.ts';
import { makeBackend, plainClient } from './harness.ts';

/** Longer than a test may take: a wait that ends before was woken. */
export const LONG_MS = 3_600_000;

const open: (() => unknown)[] = [];

/** To be called after each test. */
export const closeAll = async (): Promise<void> => {
  for (const close of open.splice(0).reverse()) await close();
};

export const backend = (options: Parameters<typeof makeBackend>[0] = {}): RedisBackend => {
  const made = makeBackend(options);
  open.push(() => made.close());
  return made;
};

export const client = (url?: string): Redis => {
  const made = plainClient(url);
  open.push(() => made.disconnect());
  return made;
};

export const fenceOf = async (of: RedisBackend, key: string): Promise<BackendFence> => {
  const read = await of.get(key, 'fill');
  if (!isMiss(read) || !read.fence) throw new Error('expected a miss with a fence');
  return read.fence;
};

/** A client whose backend listens over a connection of the test's making. */
export const listeningOver = (listener: (options: RedisOptions) => Redis): Redis => {
  const made = new Redis(testRedisUrl(), FAIL_FAST);
  open.push(() => made.disconnect());
  made.duplicate = (options = {}) => {
    const listening = listener(options);
    open.push(() => listening.disconnect());
    return listening;
  };
  return made;
};

/** Whether somebody has marked the lease. */
export const isWaitedFor = async (redis: Redis, prefix: string, key: string): Promise<boolean> =>
  (await redis.get(new KeySpace(prefix).lease(key)))?.endsWith('!') === true;
