import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '@keepsake/core';
import { createLocks, type Locks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { FaultyLockStore } from '@keepsake/locks/testing';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { describe, expect, it } from 'vitest';
import { tell } from './figures.ts';

const HOUR_MS = 3_600_000;
const LOST = expect.objectContaining({ code: 'ERR_LOCK_LOST' });

/** The clock of a machine whose wall clock can be set, and which can sleep. */
class MachineClock implements Clock {
  #wallOffsetMs = 0;
  #sleptMs = 0;

  now(): number {
    return systemClock.now() - this.#sleptMs;
  }

  wallNow(): number {
    return systemClock.wallNow() + this.#wallOffsetMs;
  }

  setTimer(...timer: Parameters<Clock['setTimer']>): ReturnType<Clock['setTimer']> {
    return systemClock.setTimer(...timer);
  }

  stepWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Nothing runs, and the monotonic clock stands still. */
  sleep(ms: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    this.#sleptMs += ms;
  }
}

interface Machine {
  readonly clock: MachineClock;
  /** Counts what is asked of the server. */
  readonly store: FaultyLockStore;
  readonly locks: Locks;
}

const machine = (prefix: string): Machine => {
  const clock = new MachineClock();
  const store = new FaultyLockStore(new RedisLockStore({ url: testRedisUrl(), prefix }));
  return { clock, store, locks: createLocks({ store, clock, wait: '20s' }) };
};

const settled = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
};

const holds = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

describe('clocks', () => {
  it('fault-22: a wall clock an hour ahead costs one round trip, one an hour behind nothing; TTL and wait stay', async () => {
    const { clock, store, locks } = machine(`t:${randomUUID()}:`);
    await using closing = locks;
    const lease = await closing.acquire('a', { ttl: '1m' });
    const extensions = (): number => store.calls.filter((call) => call === 'extend').length;
    const remainingMs = lease.remainingMs();
    clock.stepWall(-HOUR_MS);
    lease.assertHeld();
    expect(extensions()).toBe(0);
    clock.stepWall(2 * HOUR_MS);
    expect(() => lease.assertHeld()).toThrow(LOST);
    const before = performance.now();
    await settled(() => holds(() => lease.assertHeld()));
    tell('fault-22', { 'held again after, ms': performance.now() - before });
    expect(extensions()).toBe(1);
    expect(lease.signal.aborted).toBe(false);
    expect(lease.remainingMs()).toBeGreaterThan(remainingMs - 30_000);
    expect(lease.remainingMs()).toBeLessThanOrEqual(60_000);
    clock.stepWall(-2 * HOUR_MS);
    const waiting = performance.now();
    await expect(locks.acquire('a', { wait: '300ms' })).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
    expect(performance.now() - waiting).toBeGreaterThanOrEqual(295);
    await lease.release();
  });

  it('fault-23: after a sleep beyond the TTL no check passes, and the other machine has the lock', async () => {
    const prefix = `t:${randomUUID()}:`;
    const [sleeper, other] = [machine(prefix), machine(prefix)];
    await using first = sleeper.locks;
    await using second = other.locks;
    const lease = await first.acquire('a', { ttl: '500ms' });
    sleeper.clock.sleep(1_500);
    // By its own clock the lease is fresh, and nothing else has run yet.
    expect(() => lease.assertHeld()).toThrow(LOST);
    expect(lease.remainingMs()).toBe(0);
    const next = await second.acquire('a');
    await settled(() => lease.signal.aborted);
    expect(() => lease.assertHeld()).toThrow(LOST);
    expect(next.fence).toBeGreaterThan(lease.fence);
    next.assertHeld();
  });

  it('fault-23: after a sleep within the TTL the lease is held again once the server has confirmed it', async () => {
    const { clock, locks } = machine(`t:${randomUUID()}:`);
    await using closing = locks;
    const lease = await closing.acquire('a', { ttl: '30s' });
    clock.sleep(1_500);
    expect(() => lease.assertHeld()).toThrow(LOST);
    const before = performance.now();
    await settled(() => holds(() => lease.assertHeld()));
    tell('fault-23', { 'held again after, ms': performance.now() - before });
    expect(lease.signal.aborted).toBe(false);
    expect(await lease.release()).toBe(true);
  });
});
