import { randomUUID } from 'node:crypto';
import { createCache } from '@keepsake/core';
import { cacheWithLock, createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { RedisBackend } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { describe, expect, it } from 'vitest';

describe('cacheWithLock on Redis, cache and locks both', () => {
  it('computes once over processes, one after the other and at once, and the value is in Redis', async () => {
    const url = testRedisUrl();
    const prefix = `cwl-${randomUUID()}:`;
    // Three processes as far as Redis can tell: each has connections of its own.
    const nodes = Array.from({ length: 3 }, () => ({
      cache: createCache({ l2: new RedisBackend({ url, prefix, commandTimeout: 5 }), l2Timeout: '5s' }),
      locks: createLocks({ store: new RedisLockStore({ url, prefix: `${prefix}lock:` }) }),
    }));
    await Promise.all(nodes.map(({ cache }) => cache.connect()));
    let runs = 0;
    const compute = async (): Promise<string> => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'value';
    };
    for (const key of ['one after the other', 'at once']) {
      runs = 0;
      const call = ({ cache, locks }: (typeof nodes)[number]): Promise<string> =>
        cacheWithLock(cache, locks, key, compute, { ttl: '1m' });
      if (key === 'at once') expect(await Promise.all(nodes.map(call))).toEqual(['value', 'value', 'value']);
      else for (const node of nodes) expect(await call(node)).toBe('value');
      expect(runs).toBe(1);
      const plain = createCache({
        l1: false,
        l2: new RedisBackend({ url, prefix, commandTimeout: 5 }),
        l2Timeout: '5s',
      });
      expect(await plain.get(key)).toBe('value');
      await plain.close();
    }
    await Promise.all(nodes.flatMap(({ cache, locks }) => [cache.close(), locks.close()]));
  });

  it('refuses a call without options', async () => {
    const cache = createCache();
    const nothing = undefined as unknown as { ttl: number };
    const locks = undefined as unknown as ReturnType<typeof createLocks>;
    await expect(cacheWithLock(cache, locks, 'k', () => 1, nothing)).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
  });
});
