import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { cacheWithLock, createLocks, type Locks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

const locksAt = (url: string, prefix = `t:${randomUUID()}:`): Locks =>
  createLocks({ store: new RedisLockStore({ url, prefix }), ttl: '30s', wait: '30s' });

describe('locks on Redis', () => {
  it('a lease outlives a server that was frozen for less than its TTL', async () => {
    await using server = await startRedis();
    await using locks = locksAt(server.url);
    const lease = await locks.acquire('a', { ttl: '6s' });
    server.pause();
    await delay(2_500);
    server.resume();
    await delay(5_000);
    lease.assertHeld();
    expect(await lease.release()).toBe(true);
  });

  it('a lost reply to an acquire never leaves the lock behind', async () => {
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server.port);
    const prefix = `t:${randomUUID()}:`;
    await using through = locksAt(proxy.url, prefix);
    await using direct = locksAt(server.url, prefix);
    await (await through.acquire('warm-up')).release();
    proxy.halfReply(1);
    await expect(through.acquire('a')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    // Without the release in the background it would be held for 30 s.
    await (await direct.acquire('a', { wait: '10s' })).release();
  });

  it('hand-over between processes is by message, also after the connections were cut', async () => {
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server.port);
    const prefix = `t:${randomUUID()}:`;
    await using through = locksAt(proxy.url, prefix);
    await using direct = locksAt(server.url, prefix);
    for (const isCut of [false, true]) {
      const holder = await direct.acquire('a');
      const waiting = through.acquire('a');
      await delay(300);
      if (isCut) {
        proxy.cut();
        await delay(100);
      }
      await holder.release();
      const releasedAt = performance.now();
      await (await waiting).release();
      // The lock had almost 30 s left when it was released.
      expect(performance.now() - releasedAt).toBeLessThan(9_000);
    }
  });

  it('200 waiters in one process cost two operations a hand-over', async () => {
    await using server = await startRedis();
    await using locks = locksAt(server.url);
    const client = new Redis(server.url);
    try {
      await (await locks.acquire('a')).release();
      await client.call('CONFIG', 'RESETSTAT');
      let inside = 0;
      await Promise.all(
        Array.from({ length: 200 }, () =>
          locks.run('a', async () => {
            expect((inside += 1)).toBe(1);
            await delay(1);
            inside -= 1;
          }),
        ),
      );
      const stats = await client.info('commandstats');
      const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]);
      expect(calls).toBe(400);
      expect(stats).not.toMatch(/cmdstat_subscribe/);
    } finally {
      client.disconnect();
    }
  });

  it('a server that is gone: acquire rejects, cacheWithLock computes, and both go on when it is back', async () => {
    await using server = await startRedis();
    await using locks = locksAt(server.url);
    const cache = createCache();
    await (await locks.acquire('a')).release();
    await server.kill();
    await expect(locks.acquire('a')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    let runs = 0;
    const compute = async (): Promise<number> => {
      await delay(20);
      return (runs += 1);
    };
    const calls = Array.from({ length: 10 }, () => cacheWithLock(cache, locks, 'k', compute, { ttl: 60 }));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
    await server.restart();
    let lease;
    for (let round = 0; round < 100 && lease === undefined; round += 1) {
      lease = await locks.tryAcquire('a').catch(() => undefined);
      if (lease === undefined) await delay(50);
    }
    expect(await lease?.release()).toBe(true);
    await cache.close();
  });
});
