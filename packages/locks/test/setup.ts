import { FakeClock } from '@keepsake/core/testing';
import { createLocks, type Locks, MemoryLockStore } from '@keepsake/locks';
import { FaultyLockStore } from '@keepsake/locks/testing';

export interface Bench {
  readonly clock: FakeClock;
  /** What really holds the locks. */
  readonly truth: MemoryLockStore;
  readonly store: FaultyLockStore;
  readonly locks: Locks;
  /** Locks of another process on the same truth. */
  readonly elsewhere: Locks;
}

/** Locks on a virtual clock and a store that can be broken; TTL 1 s, wait 10 s. */
export const makeBench = (ttl: `${number}ms` = '1000ms'): Bench => {
  const clock = new FakeClock();
  const truth = new MemoryLockStore({ clock });
  const store = new FaultyLockStore(truth, { clock });
  return {
    clock,
    truth,
    store,
    locks: createLocks({ store, ttl, clock }),
    elsewhere: createLocks({ store: truth, ttl, clock }),
  };
};

/** What a promise has come to so far. */
export const watch = <T>(
  work: Promise<T>,
): { state: 'pending' | 'done' | 'failed'; value?: T; error?: unknown } => {
  const seen: { state: 'pending' | 'done' | 'failed'; value?: T; error?: unknown } = { state: 'pending' };
  work.then(
    (value) => Object.assign(seen, { state: 'done', value }),
    (error: unknown) => Object.assign(seen, { state: 'failed', error }),
  );
  return seen;
};
