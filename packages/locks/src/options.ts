import { CacheError, type Clock, type Duration, type LockStore, systemClock, toMs } from '@keepsake/core';
import { refuseUnknown, type Words } from '@keepsake/core/words';

export interface LocksOptions {
  /** Where the locks live. `close()` closes it too. */
  store: LockStore;
  /** A lease lasts this long unless it is renewed, which it is at a third of it. Default 10 s; 10 ms to 24 days. */
  ttl?: Duration;
  /** `acquire` waits this long. Default 10 s; 0: it asks once. */
  wait?: Duration;
  clock?: Clock;
}

/** How an acquire waits. */
export interface WaitOptions {
  ttl?: Duration;
  wait?: Duration;
  /** Ends the wait: rejects with the signal's reason. It has no effect on the lease. */
  signal?: AbortSignal;
}

/** `write`: alone. `read`: together with other readers. */
export type LockMode = 'write' | 'read';

export interface AcquireOptions extends WaitOptions {
  /**
   * Default 'write'. Readers wait for a writer that holds the lock or came before them, so writers do not starve.
   */
  mode?: LockMode;
  /**
   * First come, first served over all processes: each caller has a place of its own in the store's line. Without it
   * (the default) a process has one place there, for the first of its callers, and the processes take turns.
   */
  fair?: boolean;
}

/** A single question needs no wait time. */
export type TryAcquireOptions = Omit<AcquireOptions, 'wait' | 'fair'>;

export interface ResolvedLocksOptions {
  readonly store: LockStore;
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly clock: Clock;
}

export const LOCKS_DEFAULTS: Readonly<Omit<ResolvedLocksOptions, 'store'>> = Object.freeze({
  ttlMs: 10_000,
  waitMs: 10_000,
  clock: systemClock,
});

/** Below it, drift and timers leave nothing to hold. */
const SHORTEST_TTL_MS = 10;
const LONGEST_TTL_MS = 2 ** 31 - 1;
/** The most permits of a semaphore. */
export const MAX_PERMITS = 10_000;

/** @throws CacheError ERR_TTL outside 10 ms to 24 days. */
export const toLockTtlMs = (ttl: Duration): number => {
  const ms = toMs(ttl);
  if (ms >= SHORTEST_TTL_MS && ms <= LONGEST_TTL_MS) return ms;
  throw new CacheError('ERR_TTL', `ttl of a lock: expected ${SHORTEST_TTL_MS} ms to 24 days, got ${ms} ms`);
};

/** @throws CacheError ERR_TTL */
export const toWaitMs = (wait: Duration): number => (wait === 0 ? 0 : toMs(wait, 'wait'));

/** How many may hold the lock together. @throws CacheError ERR_OPTION */
export const toHolders = (mode: LockMode | undefined): number => {
  if (mode === undefined || mode === 'write') return 1;
  if (mode === 'read') return Infinity;
  throw new CacheError('ERR_OPTION', `mode: expected 'write' or 'read'`);
};

/** @throws CacheError ERR_OPTION */
export const toPermits = (permits: number): number => {
  if (Number.isInteger(permits) && permits >= 1 && permits <= MAX_PERMITS) return permits;
  throw new CacheError('ERR_OPTION', `permits: expected a whole number from 1 to ${MAX_PERMITS}`);
};

/** @throws CacheError ERR_OPTION */
export const toFair = (fair: boolean | undefined): boolean => {
  if (fair === undefined || typeof fair === 'boolean') return fair ?? false;
  throw new CacheError('ERR_OPTION', 'fair: expected true or false');
};

const WORDS: Words<LocksOptions> = { store: true, ttl: true, wait: true, clock: true };

/** @throws CacheError ERR_OPTION, ERR_TTL */
export const resolveLocksOptions = (options: LocksOptions): ResolvedLocksOptions => {
  refuseUnknown('createLocks', options, WORDS);
  if (typeof (options.store as Partial<LockStore> | null)?.acquire !== 'function') {
    throw new CacheError('ERR_OPTION', 'store: expected a LockStore, such as new MemoryLockStore()');
  }
  return Object.freeze({
    store: options.store,
    ttlMs: options.ttl === undefined ? LOCKS_DEFAULTS.ttlMs : toLockTtlMs(options.ttl),
    waitMs: options.wait === undefined ? LOCKS_DEFAULTS.waitMs : toWaitMs(options.wait),
    clock: options.clock ?? LOCKS_DEFAULTS.clock,
  });
};
