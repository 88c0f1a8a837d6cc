import { randomUUID } from 'node:crypto';
import { systemClock } from '@keepsake/core';
import type { BackendHarness } from '@keepsake/core/testing';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { RedisBackend, type RedisBackendOptions } from '../src/index.ts';

/** A prefix that nobody else uses: the tests share one server. */
export const ownPrefix = (): string => `test:${randomUUID()}:`;

/** A backend on the shared server, with a prefix of its own. */
export const makeBackend = (options: Partial<RedisBackendOptions> = {}): RedisBackend =>
  new RedisBackend({
    ...(options.client === undefined && { url: testRedisUrl() }),
    prefix: ownPrefix(),
    // The machine that runs the tests may be busy: only tests of the deadline itself use a short one.
    commandTimeout: 5,
    ...options,
  });

/** A plain client, to look at what lies in Redis and to put things there. */
export const plainClient = (url: string = testRedisUrl()): Redis => new Redis(url);

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something holds; fails loudly when it does not within `withinMs`. */
export const eventually = async (
  holds: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> => {
  const until = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > until)
      throw new Error(`it did not come true within ${withinMs} ms: ${String(holds)}`);
    await sleep(10);
  }
};

/** For the conformance suite: two backends on the same data. */
export const makeHarness = async (options: Partial<RedisBackendOptions> = {}): Promise<BackendHarness> => {
  const prefix = ownPrefix();
  const backend = makeBackend({ prefix, ...options });
  const peer = makeBackend({ prefix, ...options });
  await backend.connect(10_000);
  return {
    backend,
    peer,
    wait: sleep,
    now: () => systemClock.now(),
    close: async () => {
      await backend.close();
      await peer.close();
    },
  };
};
