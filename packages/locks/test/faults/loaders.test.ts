import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { cacheWithLock, createLocks, MemoryLockStore } from '@keepsake/locks';
import { describe, expect, it } from 'vitest';

const setUp = () => {
  const clock = new FakeClock();
  const store = new MemoryLockStore({ clock });
  return { clock, store, cache: createCache({ clock }), locks: createLocks({ store, clock }) };
};

const never = (): Promise<never> => new Promise(() => undefined);

describe('loaders under a lock', () => {
  it('fault-33: one that hangs ends at hardTimeout with an error, and the next caller computes', async () => {
    const { clock, store, cache, locks } = setUp();
    const options = { ttl: '1m', hardTimeout: '2s' } as const;
    const hanging = [1, 2, 3].map(() => cacheWithLock(cache, locks, 'k', never, options));
    const outcomes = Promise.allSettled(hanging);
    await clock.advance(1_900);
    expect(store.size).toBe(1);
    await clock.advance(200);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } });
    }
    expect(store.size).toBe(0);
    expect(await cacheWithLock(cache, locks, 'k', () => 'new', options)).toBe('new');
    await Promise.all([cache.close(), locks.close()]);
  });

  it('fault-33: one that throws passes its error on to all who share it, and frees the lock', async () => {
    const { store, cache, locks } = setUp();
    const broken = new Error('no database');
    let runs = 0;
    const load = (): Promise<string> => {
      runs += 1;
      return Promise.reject(broken);
    };
    const calls = [1, 2, 3].map(() => cacheWithLock(cache, locks, 'k', load, { ttl: '1m' }));
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected' });
      expect(String((outcome as PromiseRejectedResult).reason)).toContain('no database');
    }
    expect(runs).toBe(1);
    expect(store.size).toBe(0);
    expect(await cacheWithLock(cache, locks, 'k', () => 'value', { ttl: '1m' })).toBe('value');
    await Promise.all([cache.close(), locks.close()]);
  });

  it('fault-33: one that is slow gives way to the stale value at softTimeout', async () => {
    const { clock, store, cache, locks } = setUp();
    const options = { ttl: '1s', grace: '1h', softTimeout: '100ms' } as const;
    await cacheWithLock(cache, locks, 'k', () => 'old', options);
    await clock.advance(1_500);
    const slow = (): Promise<string> => new Promise((resolve) => clock.setTimer(() => resolve('new'), 5_000));
    const reading = cacheWithLock(cache, locks, 'k', slow, options);
    await clock.advance(110);
    expect(await reading).toBe('old');
    // The load goes on behind, and its value is stored.
    await clock.advance(5_000);
    expect(await cache.get('k')).toBe('new');
    expect(store.size).toBe(0);
    await Promise.all([cache.close(), locks.close()]);
  });

  it('fault-33: what one gives after its time, or after an invalidation, is not stored', async () => {
    const { clock, cache, locks } = setUp();
    const late = (): Promise<string> =>
      new Promise((resolve) => clock.setTimer(() => resolve('late'), 3_000));
    const timedOut = cacheWithLock(cache, locks, 'k', late, { ttl: '1m', hardTimeout: '1s' });
    const outcome = expect(timedOut).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    await clock.advance(1_100);
    await outcome;
    await cacheWithLock(cache, locks, 'k', () => 'newer', { ttl: '1m' });
    await clock.advance(3_000);
    expect(await cache.get('k')).toBe('newer');
    const overtaken = cacheWithLock(cache, locks, 'other', late, { ttl: '1m' });
    await clock.advance(1_000);
    await cache.delete('other');
    await clock.advance(3_000);
    expect(await overtaken).toBe('late');
    expect(await cache.get('other')).toBeUndefined();
    await Promise.all([cache.close(), locks.close()]);
  });
});
