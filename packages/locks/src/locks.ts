import { CacheError, isCacheError } from '@keepsake/core';
import { Acquisition } from './acquisition.ts';
import type { HeldLease } from './held-lease.ts';
import { LateReleases } from './late-releases.ts';
import type { Lease } from './lease.ts';
import { toLockNames } from './lock-names.ts';
import {
  type AcquireOptions,
  type LocksOptions,
  type ResolvedLocksOptions,
  resolveLocksOptions,
  toLockTtlMs,
  toWaitMs,
  type TryAcquireOptions,
} from './options.ts';
import { Patience } from './patience.ts';
import { type Turn, Turns } from './turns.ts';

/** Locks of one store. Callers of one `Locks` are served in the order they came. */
export interface Locks {
  /**
   * Waits for the lock, or for all of several, and holds it until it is released or lost.
   *
   * Rejects ERR_LOCK_TIMEOUT after `wait`, with the signal's own reason on abort, ERR_UNAVAILABLE or
   * ERR_TIMEOUT when the store cannot be asked, ERR_LOCK_NAME, ERR_TTL, ERR_CLOSED.
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
  readonly #waiting = new Set<Patience>();
  readonly #held = new Set<HeldLease>();
  readonly #lateReleases: LateReleases;
  readonly #acquisition: Acquisition;
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedLocksOptions) {
    this.#options = options;
    const { store, clock } = options;
    this.#lateReleases = new LateReleases(store, clock);
    this.#acquisition = new Acquisition({
      store,
      clock,
      lateReleases: this.#lateReleases,
      onHeld: (lease) => {
        if (this.#closing !== undefined) lease.giveUp();
        else this.#held.add(lease);
      },
      onOver: (lease) => void this.#held.delete(lease),
    });
  }

  async acquire(name: string | readonly string[], options: AcquireOptions = {}): Promise<Lease> {
    const names = toLockNames(name);
    const ttlMs = options.ttl === undefined ? this.#options.ttlMs : toLockTtlMs(options.ttl);
    const waitMs = options.wait === undefined ? this.#options.waitMs : toWaitMs(options.wait);
    if (waitMs === 0) return this.#acquireNow(names, ttlMs, options.signal);
    const patience = this.#begin(names, waitMs, options.signal);
    let turn: Turn | undefined;
    try {
      turn = this.#turns.take(names);
      if (turn.comes !== undefined) await patience.within(turn.comes);
      return await this.#acquisition.persist({ names, ttlMs, patience, turn });
    } catch (error) {
      turn?.leave();
      throw error;
    } finally {
      patience.stop();
      this.#waiting.delete(patience);
    }
  }

  async tryAcquire(
    name: string | readonly string[],
    options: TryAcquireOptions = {},
  ): Promise<Lease | undefined> {
    const names = toLockNames(name);
    const ttlMs = options.ttl === undefined ? this.#options.ttlMs : toLockTtlMs(options.ttl);
    return this.#askOnce(names, ttlMs, options.signal);
  }

  async run<T>(
    name: string | readonly string[],
    work: (lease: Lease) => T | Promise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    await using lease = await this.acquire(name, options);
    const result = await work(lease);
    try {
      await lease.release();
    } catch (error) {
      if (!isCacheError(error) || error.code === 'ERR_LOCK_LOST') throw error;
      // The work was protected to its end; only the release is late, and is sent again behind.
    }
    return result;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const patience of [...this.#waiting]) patience.end(closed());
    for (const lease of [...this.#held]) lease.giveUp();
    await this.#lateReleases.close();
    await this.#options.store.close();
  }

  async #askOnce(
    names: readonly string[],
    ttlMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Lease | undefined> {
    const patience = this.#begin(names, Infinity, signal);
    try {
      const answer = await this.#acquisition.ask({ names, ttlMs, patience, turn: undefined });
      return typeof answer === 'number' ? undefined : answer;
    } finally {
      patience.stop();
      this.#waiting.delete(patience);
    }
  }

  async #acquireNow(
    names: readonly string[],
    ttlMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Lease> {
    const lease = await this.#askOnce(names, ttlMs, signal);
    if (lease === undefined) throw timedOut(names, 0);
    return lease;
  }

  #begin(names: readonly string[], waitMs: number, signal: AbortSignal | undefined): Patience {
    if (this.#closing !== undefined) throw closed();
    const patience = new Patience(this.#options.clock, waitMs, signal, () => timedOut(names, waitMs));
    this.#waiting.add(patience);
    return patience;
  }
}

const closed = (): CacheError => new CacheError('ERR_CLOSED', 'these locks are closed');

const timedOut = (names: readonly string[], waitMs: number): CacheError =>
  new CacheError(
    'ERR_LOCK_TIMEOUT',
    `lock ${JSON.stringify(names.join(', '))} was not free within ${waitMs} ms`,
  );
