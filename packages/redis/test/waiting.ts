import { type BackendFence, isMiss } from '@keepsake/core';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { FAIL_FAST, type RedisClient } from '../src/client.ts';
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

/** Sends a command on. */
type Send = () => Promise<unknown>;

/** A client whose backend listens at `url`, by way of `pass` for each SUBSCRIBE. */
export const listeningAt = (
  url: string,
  pass: (send: Send) => Promise<unknown> = (send) => send(),
): RedisClient => {
  const made: RedisClient = new Redis(testRedisUrl(), FAIL_FAST);
  open.push(() => made.disconnect());
  made.duplicate = () => {
    const listening: RedisClient = new Redis(url, { ...FAIL_FAST, autoResubscribe: false });
    open.push(() => listening.disconnect());
    const call = listening.callBuffer.bind(listening);
    listening.callBuffer = (command, args) =>
      command === 'subscribe' ? pass(() => call(command, args)) : call(command, args);
    return listening;
  };
  return made;
};

/** Whether somebody has marked the lease. */
export const isWaitedFor = async (redis: Redis, prefix: string, key: string): Promise<boolean> =>
  (await redis.get(new KeySpace(prefix).lease(key)))?.endsWith('!') === true;
