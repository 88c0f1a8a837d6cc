import { CacheError, isCacheError, type MaybePromise } from '@keepsake/core';
import { Acquisition, Asker } from './acquisition.ts';
import { Alarms } from './alarms.ts';
import { HeldLease } from './held-lease.ts';
import { LateReleases } from './late-releases.ts';
import type { Lease } from './lease.ts';
import { checkName, toLockNames } from './lock-names.ts';
import {
  type AcquireOptions,
  type LocksOptions,
  type ResolvedLocksOptions,
  resolveLocksOptions,
  toFair,
  toHolders,
  toLockTtlMs,
  toPermits,
  toWaitMs,
  type TryAcquireOptions,
  type WaitOptions,
} from './options.ts';
import { Patience, timedOut } from './patience.ts';
import { rejected } from './rejected.ts';
import { Roster } from './roster.ts';
import type { Semaphore } from './semaphore.ts';
import { Turns } from './turns.ts';

/** Locks of one store. Callers of one `Locks` are served in the order they came. */
export interface Locks {
  /**
   * Waits for the lock, or for all of several, and holds it until it is released or lost.
   *
   * Rejects ERR_LOCK_TIMEOUT after `wait`, with the signal's own reason on abort, ERR_UNAVAILABLE or
   * ERR_TIMEOUT when the store cannot be asked, ERR_LOCK_NAME, ERR_TTL, ERR_OPTION, ERR_CLOSED, and
   * ERR_LOCK_UNSUPPORTED for `fair` and `mode: 'read'` with a store that keeps no lines.
   */
  acquire(name: string | readonly string[], options?: AcquireOptions): Promise<Lease>;
  /** The lock if it is free at this moment, else undefined. Does not stand in line. */
  tryAcquire(name: string | readonly string[], options?: TryAcquireOptions): Promise<Lease | undefined>;
  /**
   * Runs `work` under the lock and gives what it gives. Rejects ERR_LOCK_LOST when the lock was lost
   * before `work` ended: what it did was not protected to its end.
   */
  run<T>(
    name: string | readonly string[],
    work: (lease: Lease) => T | Promise<T>,
    options?: AcquireOptions,
  ): Promise<T>;
  /**
   * At most `permits` hold a permit of that name at a time, over all processes; give the same number everywhere.
   * Throws ERR_LOCK_NAME, and ERR_OPTION unless `permits` is a whole number from 1 to 10,000.
   */
  semaphore(name: string, permits: number): Semaphore;
  /** Waiters reject ERR_CLOSED, leases held are given up (their signals abort), the store is closed. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Locks over a store.
 *
 * @example
 * ```ts
 * import { createLocks, MemoryLockStore } from '@keepsake/locks';
 *
 * const locks = createLocks({ store: new MemoryLockStore() });
 * const total = await locks.run('invoice:7', async (lease) => {
 *   lease.assertHeld();
 *   return 42;
 * });
 * console.log(total); // 42
 * await locks.close();
 * ```
 * @throws CacheError ERR_OPTION, ERR_TTL
 */
export const createLocks = (options: LocksOptions): Locks => new StoreLocks(resolveLocksOptions(options));

class StoreLocks implements Locks {
  readonly #options: ResolvedLocksOptions;
  readonly #turns = new Turns();
  readonly #waiting = new Roster<Patience>();
  readonly #held = new Roster<HeldLease>();
  readonly #lateReleases: LateReleases;
  readonly #alarms: Alarms;
  readonly #acquisition: Acquisition;
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedLocksOptions) {
    this.#options = options;
    const { store, clock } = options;
    this.#lateReleases = new LateReleases(store, clock);
    this.#alarms = new Alarms(clock);
    this.#acquisition = new Acquisition({
      store,
      clock,
      alarms: this.#alarms,
      lateReleases: this.#lateReleases,
      onHeld: (lease) => {
        if (this.#closing !== undefined) lease.giveUp();
        else this.#held.add(lease);
      },
      onOver: (lease) => this.#held.remove(lease),
    });
  }

  acquire(name: string | readonly string[], options: AcquireOptions = NO_OPTIONS): Promise<Lease> {
    try {
      return this.#acquire(name, toHolders(options.mode), toFair(options.fair), options);
    } catch (error) {
      return rejected(error);
    }
  }

  async tryAcquire(
    name: string | readonly string[],
    options: TryAcquireOptions = {},
  ): Promise<Lease | undefined> {
    return this.#tryAcquire(name, toHolders(options.mode), options);
  }

  async run<T>(
    name: string | readonly string[],
    work: (lease: Lease) => T | Promise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runUnder(await this.acquire(name, options), work);
  }

  semaphore(name: string, permits: number): Semaphore {
    const checked = checkName(name);
    const holders = toPermits(permits);
    const acquire = async (options: WaitOptions = {}): Promise<Lease> =>
      this.#acquire(checked, holders, false, options);
    return {
      name: checked,
      permits: holders,
      acquire,
      tryAcquire: (options = {}) => this.#tryAcquire(checked, holders, options),
      run: async (work, options) => runUnder(await acquire(options), work),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const patience of this.#waiting.all()) patience.end(closed());
    for (const lease of this.#held.all()) lease.giveUp();
    this.#alarms.close();
    await this.#acquisition.idle();
    await this.#lateReleases.close();
    await this.#options.store.close();
  }

  /** Not async itself: where the store has the answer in hand, one promise is all that it costs. */
  #acquire(
    name: string | readonly string[],
    holders: number,
    isFair: boolean,
    options: WaitOptions,
  ): Promise<Lease> {
    const names = toLockNames(name);
    const ttlMs = options.ttl === undefined ? this.#options.ttlMs : toLockTtlMs(options.ttl);
    const waitMs = options.wait === undefined ? this.#options.waitMs : toWaitMs(options.wait);
    // Those who share a lock, and those who want a place of their own, each ask the store themselves.
    const hasTurn = holders === 1 && !isFair;
    if (!hasTurn) this.#needLines();
    if (waitMs === 0) return this.#acquireNow(names, ttlMs, holders, options.signal);
    const patience = this.#begin(names, waitMs, options.signal);
    const turn = hasTurn ? this.#turns.take(names) : undefined;
    const asker = new Asker(names, ttlMs, holders, patience, turn);
    if (turn?.comes !== undefined) return this.#wait(asker);
    let answer: MaybePromise<HeldLease | number>;
    try {
      answer = this.#acquisition.ask(asker, waitMs);
    } catch (error) {
      turn?.leave();
      throw error;
    }
    return answer instanceof HeldLease ? Promise.resolve(answer) : this.#wait(asker, answer);
  }

  async #wait(asker: Asker, answer?: MaybePromise<HeldLease | number>): Promise<Lease> {
    const { patience, turn } = asker;
    try {
      const first = await answer;
      if (typeof first === 'object') return first;
      if (turn?.comes !== undefined) await patience.within(turn.comes);
      return await this.#acquisition.persist(asker, first);
    } catch (error) {
      turn?.leave();
      throw error;
    } finally {
      patience.stop();
    }
  }

  async #tryAcquire(
    name: string | readonly string[],
    holders: number,
    options: Pick<WaitOptions, 'ttl' | 'signal'>,
  ): Promise<Lease | undefined> {
    const names = toLockNames(name);
    const ttlMs = options.ttl === undefined ? this.#options.ttlMs : toLockTtlMs(options.ttl);
    if (holders > 1) this.#needLines();
    return this.#askOnce(names, ttlMs, holders, options.signal);
  }

  async #askOnce(
    names: readonly string[],
    ttlMs: number,
    holders: number,
    signal: AbortSignal | undefined,
  ): Promise<Lease | undefined> {
    const patience = this.#begin(names, Infinity, signal);
    try {
      const answer = await this.#acquisition.ask(new Asker(names, ttlMs, holders, patience, undefined), 0);
      return typeof answer === 'number' ? undefined : answer;
    } finally {
      patience.stop();
    }
  }

  async #acquireNow(
    names: readonly string[],
    ttlMs: number,
    holders: number,
    signal: AbortSignal | undefined,
  ): Promise<Lease> {
    const lease = await this.#askOnce(names, ttlMs, holders, signal);
    if (lease === undefined) throw timedOut(names, 0);
    return lease;
  }

  #needLines(): void {
    const { store } = this.#options;
    if (store.acquireInLine !== undefined) return;
    throw new CacheError(
      'ERR_LOCK_UNSUPPORTED',
      `lock store ${store.name}: it keeps no lines, so no fair, read or counted locks`,
    );
  }

  #begin(names: readonly string[], waitMs: number, signal: AbortSignal | undefined): Patience {
    if (this.#closing !== undefined) throw closed();
    return new Patience(this.#options.clock, {
      names,
      waitMs,
      signal,
      waiting: this.#waiting,
      alarms: this.#alarms,
    });
  }
}

const runUnder = async <T>(lease: Lease, work: (lease: Lease) => T | Promise<T>): Promise<T> => {
  await using held = lease;
  const result = await work(held);
  try {
    await held.release();
  } catch (error) {
    if (!isCacheError(error) || error.code === 'ERR_LOCK_LOST') throw error;
    // The work was protected to its end; only the release is late, and is sent again behind.
  }
  return result;
};

const closed = (): CacheError => new CacheError('ERR_CLOSED', 'these locks are closed');

const NO_OPTIONS: AcquireOptions = Object.freeze({});
