import type { LockStore } from '@keepsake/core';
import { MAX_PLACES } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { createLocks, type Locks, MemoryLockStore } from '@keepsake/locks';
import { describe, expect, it } from 'vitest';
import { makeBench, watch } from './setup.ts';

/** A store as it may have been written before there were lines. */
const withoutLines = (inner: MemoryLockStore): LockStore => ({
  name: 'plain',
  acquire: (names, token, ttlMs) => inner.acquire(names, token, ttlMs),
  extend: (names, token, ttlMs) => inner.extend(names, token, ttlMs),
  release: (names, token) => inner.release(names, token),
  onRelease: (names, listener) => inner.onRelease(names, listener),
  close: () => inner.close(),
});

/** Lets those who were called ask. */
const settle = (clock: FakeClock): Promise<void> => clock.advance(0);

describe('fair: true', () => {
  it('serves the callers of several processes in the order they came', async () => {
    const { clock, locks, elsewhere } = makeBench();
    const holder = await elsewhere.acquire('a');
    const order: number[] = [];
    const runs: Promise<void>[] = [];
    for (const [at, from] of [locks, locks, elsewhere, locks, elsewhere, elsewhere].entries()) {
      runs.push(from.run('a', () => void order.push(at), { fair: true }));
      await clock.advance(1);
    }
    await holder.release();
    await clock.advance(10);
    await Promise.all(runs);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('each waiter asks once when it is called, however many wait', async () => {
    const { clock, store, locks } = makeBench();
    const holder = await locks.acquire('a');
    const runs = Array.from({ length: 100 }, () => locks.run('a', () => undefined, { fair: true }));
    await clock.advance(10);
    store.calls.length = 0;
    await holder.release();
    await clock.advance(100);
    await Promise.all(runs);
    expect(store.calls.filter((call) => call === 'acquire')).toHaveLength(100);
  });

  it('a waiter that gives up leaves the line, and the next one is served at once', async () => {
    for (const how of ['timeout', 'abort'] as const) {
      const { clock, truth, locks, elsewhere } = makeBench();
      truth.acquire(['a'], 'holder', 60_000);
      const leaving = new AbortController();
      const first = watch(locks.acquire('a', { fair: true, wait: '100ms', signal: leaving.signal }));
      await clock.advance(10);
      const second = watch(elsewhere.acquire('a', { fair: true, wait: '1m' }));
      await clock.advance(10);
      if (how === 'abort') leaving.abort();
      else await clock.advance(100);
      await settle(clock);
      expect(first.state).toBe('failed');
      truth.release(['a'], 'holder');
      await settle(clock);
      expect(second.state).toBe('done');
    }
  });

  it('a waiter whose process stopped holds up those behind it for a second at most', async () => {
    const { clock, truth, locks } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    truth.acquireInLine(['a'], 'stopped', 60_000, { holders: 1, placeMs: 60_000 });
    const next = watch(locks.acquire('a', { fair: true, wait: '1m' }));
    await clock.advance(10);
    truth.release(['a'], 'holder');
    await clock.advance(990);
    expect(next.state).toBe('pending');
    await clock.advance(20);
    expect(next.state).toBe('done');
  });

  it('goes on when the call is lost, by the time that the lock had left', async () => {
    const { clock, truth, store, locks } = makeBench();
    truth.acquire(['a'], 'holder', 3_000);
    store.losesWakeUps = true;
    const waiting = watch(locks.acquire('a', { fair: true }));
    await clock.advance(10);
    truth.release(['a'], 'holder');
    await clock.advance(3_100);
    expect(waiting.state).toBe('done');
  });

  it.each([
    ['before it can be called', 70],
    ['while the answer that refuses it is under way', 120],
  ])('a release %s is not missed', async (_, releasedAtMs) => {
    const { clock, truth, store, locks } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    // Refused at 0 and told at 50, heard of from 100 on, refused at 100 and told at 150.
    store.replyDelayMs = 50;
    const waiting = watch(locks.acquire('a', { fair: true }));
    await clock.advance(releasedAtMs);
    truth.release(['a'], 'holder');
    await clock.advance(210 - releasedAtMs);
    expect(waiting.state).toBe('done');
  });

  it('asks by time where it cannot be called', async () => {
    const { clock, truth, store, locks } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    Object.assign(store, { onTurn: () => Promise.reject(new Error('no pub/sub here')) });
    const waiting = watch(locks.acquire('a', { fair: true }));
    await clock.advance(1_000);
    truth.release(['a'], 'holder');
    await clock.advance(260);
    expect(waiting.state).toBe('done');
  });
});

describe('the line of a name', () => {
  it('has one place for all the callers of a process that do not ask for fairness', async () => {
    const { clock, truth, locks, elsewhere } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    const order: string[] = [];
    for (let i = 0; i < 3; i += 1) void locks.run('a', () => void order.push('here'));
    await clock.advance(1);
    for (let i = 0; i < 3; i += 1) void elsewhere.run('a', () => void order.push('there'));
    await clock.advance(1);
    truth.release(['a'], 'holder');
    await clock.advance(100);
    expect(order).toEqual(['here', 'there', 'here', 'there', 'here', 'there']);
  });

  it('is bounded: who finds no place asks by time', async () => {
    const clock = new FakeClock();
    const store = new MemoryLockStore({ clock });
    store.acquire(['a'], 'holder', 60_000);
    const request = { holders: 1, placeMs: 60_000 };
    for (let i = 0; i < MAX_PLACES; i += 1) store.acquireInLine(['a'], `waiter ${i}`, 60_000, request);
    const locks = createLocks({ store, clock });
    const waiting = watch(locks.acquire('a', { fair: true, wait: '3m' }));
    await settle(clock);
    store.release(['a'], 'holder');
    await clock.advance(59_000);
    expect(waiting.state).toBe('pending');
    await clock.advance(2_000);
    expect(waiting.state).toBe('done');
  });

  it('whoever holds a name and asks for a second does not wait for somebody who waits for both', async () => {
    const { clock, locks, elsewhere } = makeBench();
    for (const [inner, outer] of [
      [locks, locks],
      [locks, elsewhere],
    ] as const) {
      const a = await inner.acquire('a');
      const both = watch(outer.acquire(['a', 'b']));
      await clock.advance(10);
      const b = watch(inner.acquire('b', { fair: inner !== outer }));
      await clock.advance(10);
      expect(b.state).toBe('done');
      await b.value?.release();
      await a.release();
      await settle(clock);
      expect(both.state).toBe('done');
      await both.value?.release();
    }
  });
});

describe('a store without lines', () => {
  const make = (): { clock: FakeClock; locks: Locks } => {
    const clock = new FakeClock();
    return { clock, locks: createLocks({ store: withoutLines(new MemoryLockStore({ clock })), clock }) };
  };

  it('locks and wakes as before', async () => {
    const { clock, locks } = make();
    const holder = await locks.acquire('a');
    const waiting = watch(locks.acquire('a'));
    await clock.advance(10);
    await holder.release();
    await settle(clock);
    expect(waiting.state).toBe('done');
  });

  it('refuses what needs lines with ERR_LOCK_UNSUPPORTED', async () => {
    const { locks } = make();
    const code = { code: 'ERR_LOCK_UNSUPPORTED' };
    await expect(locks.acquire('a', { fair: true })).rejects.toMatchObject(code);
    await expect(locks.acquire('a', { mode: 'read' })).rejects.toMatchObject(code);
    await expect(locks.tryAcquire('a', { mode: 'read' })).rejects.toMatchObject(code);
    await expect(locks.run('a', () => 1, { fair: true })).rejects.toMatchObject(code);
    await expect(locks.semaphore('a', 2).acquire()).rejects.toMatchObject(code);
    await expect(locks.semaphore('a', 2).tryAcquire()).rejects.toMatchObject(code);
    // One permit is a plain lock.
    expect(await locks.semaphore('a', 1).run(() => 'done')).toBe('done');
  });
});
