import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocks, type Lease, type Locks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { startFaultProxy, startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { type LockEvent, machineNow } from '@keepsake/tooling/lock-history';
import { RecordingStore } from '../long/history/recording-store.ts';
import { FACTOR, tell } from './figures.ts';

const locksAt = (url: string, prefix: string): Locks =>
  createLocks({ store: new RedisLockStore({ url, prefix }), ttl: '30s', wait: '30s' });

describe('the server', { timeout: 60_000 }, () => {
  it('fault-26: frozen while the lock is held: the signal aborts before the lock can lapse', async () => {
    const TTL_MS = 1_500;
    await using server = await startRedis();
    const events: LockEvent[] = [];
    const history = { add: (event: LockEvent): void => void events.push(event) };
    const store = new RecordingStore(new RedisLockStore({ url: server.url }), 0, machineNow, history);
    await using locks = createLocks({ store, ttl: TTL_MS / 1_000 });
    let leastMarginMs = Infinity;
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    // Before the first renewal, after it, and about when the second is due.
    for (const frozenAfterMs of [0, 700, 1_000]) {
      events.length = 0;
      const acquiredAtMs = machineNow();
      const lease = await locks.acquire('a');
      const { signal } = lease;
      await sleep(frozenAfterMs);
      server.pause();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      const abortedAtMs = machineNow();
      expect(signal.reason).toMatchObject({ code: 'ERR_LOCK_LOST', cause: 'unreachable' });
      expect(() => lease.assertHeld()).toThrow(expect.objectContaining({ code: 'ERR_LOCK_LOST' }));
      // The server keeps the lock for a TTL from when the last command that it carried out was sent, or longer.
      const carriedOut = events.flatMap((event) =>
        event.operation === 'renew' && event.isHeld ? [event.invokeMs] : [],
      );
      const lapsesAtMs = Math.max(acquiredAtMs, ...carriedOut) + TTL_MS;
      leastMarginMs = Math.min(leastMarginMs, lapsesAtMs - abortedAtMs);
      server.resume();
    }
    tell('fault-26', { 'aborted before the lock could lapse by, ms': leastMarginMs });
    lag.disable();
    // On virtual time the margin is 50 ms; on a busy machine the event loop is late, and the signal with it.
    expect(leastMarginMs + lag.max / 1e6).toBeGreaterThan(0);
  });

  it('fault-27: slower than the TTL: no lease, and nothing left behind', async () => {
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server.port);
    const prefix = `t:${randomUUID()}:`;
    await using slow = locksAt(proxy.url, prefix);
    await using direct = locksAt(server.url, prefix);
    await (await slow.acquire('warm-up')).release();
    proxy.delay(450);
    await expect(slow.acquire('a', { ttl: '300ms', wait: '1500ms' })).rejects.toMatchObject({
      code: 'ERR_LOCK_TIMEOUT',
    });
    expect(await slow.tryAcquire('b', { ttl: '300ms' })).toBeUndefined();
    proxy.delay(0);
    const before = performance.now();
    for (const name of ['a', 'b']) await (await direct.acquire(name)).release();
    tell('fault-27', { 'free again after, ms': performance.now() - before });
    expect(performance.now() - before).toBeLessThan(FACTOR * 500);
  });

  it('fault-27: at any speed a lease has half its TTL left when it is given', async () => {
    const TTL_MS = 400;
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server.port);
    await using locks = locksAt(proxy.url, `t:${randomUUID()}:`);
    await (await locks.acquire('warm-up')).release();
    let given = 0;
    let leastMs = Infinity;
    for (let delayMs = 0; delayMs <= 1.2 * TTL_MS; delayMs += 40) {
      proxy.delay(delayMs);
      let lease: Lease | undefined;
      for (const name of [`a${delayMs}`, `b${delayMs}`]) {
        lease = await locks.tryAcquire(name, { ttl: TTL_MS / 1_000 });
        if (lease === undefined) continue;
        leastMs = Math.min(leastMs, lease.remainingMs());
        given += 1;
        await lease.release().catch(() => undefined);
      }
    }
    tell('fault-27', { 'TTL of 400 ms: least that was left, ms': leastMs, leases: given });
    expect(given).toBeGreaterThan(2);
    // A moment passes between the grant and the look.
    expect(leastMs).toBeGreaterThan(TTL_MS / 4);
  });

  it('fault-28: a wake-up that never comes costs the time that the lock had left', async () => {
    const TTL_MS = 1_000;
    const prefix = `t:${randomUUID()}:`;
    const client = new Redis(testRedisUrl());
    await using locks = locksAt(testRedisUrl(), prefix);
    // Renews nothing, so it does not find out and tell the others.
    const holder = new RedisLockStore({ url: testRedisUrl(), prefix });
    try {
      let worstMs = 0;
      for (let round = 0; round < 3; round += 1) {
        expect(await holder.acquire(['a'], randomUUID(), TTL_MS)).toMatchObject({ granted: true });
        const waiting = locks.acquire('a');
        await sleep(200);
        const key = `${prefix}~l:{a}`;
        const leftMs = await client.pttl(key);
        expect(leftMs).toBeGreaterThan(0);
        const goneAtMs = performance.now();
        // Free, and nobody is told.
        expect(await client.del(key)).toBe(1);
        const lease = await waiting;
        worstMs = Math.max(worstMs, performance.now() - goneAtMs - leftMs);
        await lease.release();
      }
      tell('fault-28', { 'had after the remaining TTL plus, ms': worstMs });
      expect(worstMs).toBeLessThan(FACTOR * 100);
    } finally {
      client.disconnect();
      await holder.close();
    }
  });
});
