import { isCacheError } from '@keepsake/core';
import { createLocks, MemoryLockStore } from '@keepsake/locks';
import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { MAX_UNDER_WAY } from '../src/held-lease.ts';
import { makeBench, watch } from './setup.ts';

const lost = (cause: string): object => ({ code: 'ERR_LOCK_LOST', cause });

describe('a lease', () => {
  it('is valid for the TTL less the drift, counted from before the command was sent', async () => {
    const { clock, store, locks } = makeBench();
    store.requestDelayMs = 100;
    store.replyDelayMs = 200;
    const acquiring = locks.acquire('a');
    await clock.advance(300);
    expect((await acquiring).remainingMs()).toBe(1_000 - 300 - 12);
  });

  it('renews itself at a third of its TTL for as long as it is held', async () => {
    const { clock, store, locks, truth } = makeBench();
    await using lease = await locks.acquire('a');
    await clock.advance(60_000);
    expect(lease.signal.aborted).toBe(false);
    expect(() => lease.assertHeld()).not.toThrow();
    expect(truth.acquire(['a'], 'x', 10).granted).toBe(false);
    const extensions = store.calls.filter((call) => call === 'extend').length;
    expect(extensions).toBeGreaterThanOrEqual(179);
    expect(extensions).toBeLessThanOrEqual(181);
  });

  it('has one renewal under way at a time, each given up after a third of the TTL', async () => {
    const { clock, store, locks } = makeBench();
    await using lease = await locks.acquire('a');
    store.mode = 'frozen';
    await clock.advance(600);
    expect(store.calls.filter((call) => call === 'extend')).toHaveLength(1);
    await clock.advance(100);
    expect(store.calls.filter((call) => call === 'extend')).toHaveLength(2);
    expect(lease.signal.aborted).toBe(false);
    store.mode = 'up';
  });

  it('outlives errors that pass before its deadline', async () => {
    const { clock, store, locks } = makeBench();
    await using lease = await locks.acquire('a');
    store.mode = 'down';
    await clock.advance(800);
    store.mode = 'up';
    await clock.advance(5_000);
    lease.assertHeld();
    expect(lease.signal.aborted).toBe(false);
  });

  it('is kept by a store that is slow, but answers', async () => {
    const { clock, store, locks } = makeBench();
    await using lease = await locks.acquire('a');
    store.requestDelayMs = 200;
    store.replyDelayMs = 200;
    await clock.advance(20_000);
    lease.assertHeld();
    store.requestDelayMs = 0;
    store.replyDelayMs = 0;
  });

  it('fault-26: aborts its signal at least 50 ms before the lock lapses when the server is frozen', async () => {
    const { clock, store, locks, truth } = makeBench();
    const lease = await locks.acquire('a');
    const { signal } = lease;
    await clock.advance(400);
    store.mode = 'frozen';
    await clock.advance(1_333.4 - 400 - 100);
    expect(signal.aborted).toBe(false);
    let abortedAt = 0;
    signal.addEventListener('abort', () => (abortedAt = clock.now()));
    await clock.advance(200);
    expect(signal.reason).toMatchObject(lost('unreachable'));
    // The last renewal reached the store at 333.3 ms: the lock lapses at 1,333.3 ms.
    expect(1_000 + 1_333.3 - abortedAt).toBeGreaterThanOrEqual(50);
    expect(() => lease.assertHeld()).toThrow(expect.objectContaining(lost('unreachable')));
    expect(lease.remainingMs()).toBe(0);
    expect(truth.acquire(['a'], 'x', 10).granted).toBe(true);
  });

  it('fault-21: a blocked event loop is caught by the check, before any timer has fired', async () => {
    const { clock, locks } = makeBench();
    const lease = await locks.acquire('a');
    clock.block(2_000);
    expect(() => lease.assertHeld()).toThrow(expect.objectContaining(lost('expired')));
    expect(lease.signal.reason).toMatchObject(lost('expired'));
  });

  it('is lost as stolen when somebody else holds the lock, at the next renewal', async () => {
    const { clock, truth, locks } = makeBench();
    const lease = await locks.acquire('a');
    truth.release(['a'], lease.token);
    truth.acquire(['a'], 'thief', 60_000);
    await clock.advance(334);
    expect(lease.signal.reason).toMatchObject(lost('stolen'));
    expect(truth.release(['a'], 'thief')).toBe(true);
  });

  it('is lost as expired when the store knows it no more', async () => {
    const { clock, truth, locks } = makeBench();
    const lease = await locks.acquire('a');
    truth.release(['a'], lease.token);
    await clock.advance(334);
    expect(lease.signal.reason).toMatchObject(lost('expired'));
    await expect(lease.extend()).rejects.toMatchObject(lost('expired'));
  });

  it('frees what is left of several names when one of them was lost', async () => {
    const { clock, truth, locks } = makeBench();
    const lease = await locks.acquire(['a', 'b']);
    truth.release(['a'], lease.token);
    truth.acquire(['a'], 'thief', 60_000);
    await clock.advance(400);
    expect(lease.signal.aborted).toBe(true);
    expect(truth.acquire(['b'], 'next', 10).granted).toBe(true);
  });

  it('fault-22: a step of the wall clock backwards changes nothing', async () => {
    const { clock, store, locks } = makeBench();
    await using lease = await locks.acquire('a');
    clock.stepWall(-3_600_000);
    lease.assertHeld();
    await clock.advance(200);
    lease.assertHeld();
    expect(store.calls).toEqual(['acquire']);
  });

  it('fault-22: a step forwards costs one round trip, and the lease is held again', async () => {
    const { clock, store, locks } = makeBench();
    await using lease = await locks.acquire('a');
    clock.stepWall(3_600_000);
    expect(() => lease.assertHeld()).toThrow(expect.objectContaining({ code: 'ERR_LOCK_LOST' }));
    await clock.advance(0);
    lease.assertHeld();
    expect(lease.signal.aborted).toBe(false);
    expect(store.calls).toEqual(['acquire', 'extend']);
  });

  it('fault-23: after a sleep of the machine in which the lock lapsed, no check passes and the signal aborts', async () => {
    const { clock, truth, locks } = makeBench();
    const lease = await locks.acquire('a');
    // The monotonic clock slept too; the server's did not.
    clock.stepWall(60_000);
    truth.release(['a'], lease.token);
    truth.acquire(['a'], 'other', 60_000);
    expect(() => lease.assertHeld()).toThrow(expect.objectContaining({ code: 'ERR_LOCK_LOST' }));
    await clock.advance(0);
    expect(lease.signal.reason).toMatchObject(lost('stolen'));
    expect(() => lease.assertHeld()).toThrow(expect.objectContaining(lost('stolen')));
  });

  it('fault-23: after a sleep with the store out of reach the signal aborts', async () => {
    const { clock, store, locks } = makeBench();
    const lease = await locks.acquire('a');
    store.mode = 'down';
    clock.stepWall(60_000);
    expect(lease.remainingMs()).toBe(0);
    await clock.advance(0);
    expect(lease.signal.reason).toMatchObject(lost('unreachable'));
  });
});

describe('extend', () => {
  it('sets the TTL from now on, and renewal follows it', async () => {
    const { clock, store, locks } = makeBench();
    await using lease = await locks.acquire('a');
    await lease.extend('1m');
    expect(lease.remainingMs()).toBe(60_000 - 602);
    await clock.advance(19_000);
    expect(store.calls).toEqual(['acquire', 'extend']);
    await clock.advance(2_000);
    expect(store.calls).toEqual(['acquire', 'extend', 'extend']);
    lease.assertHeld();
  });

  it('to a shorter TTL counts from when it is sent, not from when it is answered', async () => {
    const { clock, store, locks } = makeBench('60000ms');
    const lease = await locks.acquire('a');
    store.mode = 'frozen';
    const extending = watch(lease.extend('100ms'));
    expect(lease.remainingMs()).toBe(97);
    await clock.advance(100);
    expect(lease.signal.aborted).toBe(true);
    expect(extending.state).toBe('pending');
  });

  it('rejects ERR_UNAVAILABLE when the store cannot be asked, and the lease stays', async () => {
    const { store, locks } = makeBench();
    await using lease = await locks.acquire('a');
    store.mode = 'down';
    await expect(lease.extend()).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    lease.assertHeld();
    store.mode = 'up';
  });

  it('is refused while a hundred extensions are without an answer, and the lease stays', async () => {
    const { store, locks } = makeBench();
    const lease = await locks.acquire('a');
    store.mode = 'frozen';
    const asked = store.calls.length;
    const refused: unknown[] = [];
    for (let i = 0; i < 1_000; i += 1) void lease.extend().catch((error: unknown) => refused.push(error));
    await Promise.resolve();
    expect(store.calls.length - asked).toBe(MAX_UNDER_WAY);
    expect(refused).toHaveLength(1_000 - MAX_UNDER_WAY);
    expect(refused[0]).toMatchObject({ code: 'ERR_UNAVAILABLE' });
    lease.assertHeld();
    store.mode = 'up';
    await locks.close();
  });

  it.each([0, -1, NaN, Infinity, 0.001, '5ms', 'x', null])('refuses the TTL %s', async (ttl) => {
    const { locks } = makeBench();
    await using lease = await locks.acquire('a');
    await expect(lease.extend(ttl as never)).rejects.toMatchObject({ code: 'ERR_TTL' });
    lease.assertHeld();
  });
});

describe('release', () => {
  it('frees once: true, then false', async () => {
    const { locks, truth } = makeBench();
    const lease = await locks.acquire('a');
    expect(await Promise.all([lease.release(), lease.release()])).toEqual([true, false]);
    expect(await lease.release()).toBe(false);
    expect(truth.size).toBe(0);
    expect(lease.signal.aborted).toBe(false);
    expect(() => lease.assertHeld()).toThrow(expect.objectContaining({ code: 'ERR_LOCK_LOST' }));
    await expect(lease.extend()).rejects.toMatchObject({ code: 'ERR_LOCK_LOST' });
  });

  it('after a loss rejects ERR_LOCK_LOST with its cause, and disposal does not', async () => {
    const { clock, locks } = makeBench();
    const lease = await locks.acquire('a');
    clock.block(5_000);
    await expect(lease.release()).rejects.toMatchObject(lost('expired'));
    await expect(lease.release()).rejects.toMatchObject(lost('expired'));
    await lease[Symbol.asyncDispose]();
  });

  it('that finds the lock gone rejects ERR_LOCK_LOST and aborts the signal', async () => {
    const { truth, locks } = makeBench();
    const lease = await locks.acquire('a');
    const { signal } = lease;
    truth.release(['a'], lease.token);
    await expect(lease.release()).rejects.toMatchObject(lost('expired'));
    expect(signal.aborted).toBe(true);
  });

  it('rejects ERR_UNAVAILABLE while the store is down, and frees the lock once it is back', async () => {
    const { clock, store, truth, locks } = makeBench();
    const lease = await locks.acquire('a');
    store.mode = 'down';
    await expect(lease.release()).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    expect(truth.acquire(['a'], 'x', 10).granted).toBe(false);
    store.mode = 'up';
    await clock.advance(60);
    expect(truth.acquire(['a'], 'x', 10).granted).toBe(true);
  });

  it('fault-29: against a renewal under way leaves nothing behind, 300 times', async () => {
    const { clock, store, truth, locks } = makeBench('300ms');
    let orders = 0;
    for (let round = 0; round < 300; round += 1) {
      const lease = await locks.acquire('a', { wait: 0 });
      // From shortly before the renewal is sent to after its answer; both may overtake the release.
      store.requestDelayMs = round % 4;
      store.replyDelayMs = round % 3;
      await clock.advance(98 + (round % 9));
      const extended = store.calls.includes('extend');
      const releasing = lease.release();
      store.requestDelayMs = 0;
      store.replyDelayMs = 0;
      await clock.advance(10);
      expect(await releasing).toBe(true);
      expect(truth.size).toBe(0);
      expect(clock.timers).toBe(0);
      if (extended) orders += 1;
      store.calls.length = 0;
    }
    expect(orders).toBeGreaterThan(50);
    expect(orders).toBeLessThan(300);
  });

  it('leaves no timer behind, but for two that many share until they come round', async () => {
    const { clock, locks } = makeBench();
    for (let i = 0; i < 100; i += 1) await (await locks.acquire('a')).release();
    expect(clock.timers).toBeLessThanOrEqual(2);
    const lease = await locks.acquire('a');
    await clock.advance(1_000);
    await lease.release();
    expect(clock.timers).toBeLessThanOrEqual(2);
    await clock.advance(10_000);
    expect(clock.timers).toBe(0);
    await (await locks.acquire('a')).release();
    await locks.close();
    expect(clock.timers).toBe(0);
  });
});

describe('close', () => {
  it('gives leases up, refuses waiters and later calls, and is idempotent', async () => {
    const { clock, store, locks } = makeBench();
    const lease = await locks.acquire('a');
    const waiting = watch(locks.acquire('a'));
    await clock.advance(10);
    await Promise.all([locks.close(), locks.close()]);
    expect(waiting.error).toMatchObject({ code: 'ERR_CLOSED' });
    expect(lease.signal.reason).toMatchObject(lost('unreachable'));
    await expect(locks.acquire('b')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(store.calls.at(-1)).toBe('release');
    expect(clock.timers).toBe(0);
  });

  it.each([100, 10_000])('gives back what is granted while it closes: an answer after %i ms', async (ms) => {
    const { clock, store, truth, locks } = makeBench('60000ms');
    let held: boolean | undefined;
    store.close = async () => {
      held = truth.size > 0;
    };
    store.replyDelayMs = ms;
    const asked = [locks.acquire('a'), locks.acquire('b', { mode: 'read' }), locks.tryAcquire('c')];
    const outcomes = Promise.allSettled(asked);
    const closing = watch(locks.close());
    await clock.advance(5_000);
    expect(closing.state).toBe('done');
    await clock.advance(60_000);
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'ERR_CLOSED' } });
    expect(held).toBe(ms >= 2_000);
  });
});

describe('the signal', () => {
  it('never makes an unhandled rejection, also where nobody listens', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      const clock = new FakeClock();
      const truth = new MemoryLockStore({ clock });
      const locks = createLocks({ store: truth, ttl: 1, clock });
      const lease = await locks.acquire('a');
      truth.release(['a'], lease.token);
      await clock.advance(2_000);
      expect(isCacheError(lease.signal.reason)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
    expect(unhandled).toEqual([]);
  });
});
