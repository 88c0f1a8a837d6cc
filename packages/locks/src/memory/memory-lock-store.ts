import { CacheError, type Clock, type LockGrant, type LockStore, systemClock } from '@keepsake/core';

interface HeldLock {
  readonly token: string;
  readonly fence: number;
  readonly untilMs: number;
}

/** Lapsed locks that nobody asked for again are swept when there may be this many, and at each doubling. */
const FIRST_SWEEP_AT = 1_024;

/**
 * Locks inside one process: for tests, for development, and for a service of one process. Every method
 * takes effect before it returns. Fences rise over all names together.
 */
export class MemoryLockStore implements LockStore {
  readonly name = 'memory';
  readonly #clock: Clock;
  readonly #locks = new Map<string, HeldLock>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #lastFence = 0;
  #sweepAt = FIRST_SWEEP_AT;
  #isClosed = false;

  constructor(options: { clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
  }

  /** Locks in memory, lapsed ones that are not swept yet included. */
  get size(): number {
    return this.#locks.size;
  }

  acquire(names: readonly string[], token: string, ttlMs: number): LockGrant {
    this.#checkOpen();
    const nowMs = this.#clock.now();
    let heldForMs = 0;
    let isOwn = true;
    let fence = 0;
    for (const name of names) {
      const lock = this.#live(name, nowMs);
      if (lock !== undefined && lock.token !== token) heldForMs = Math.max(heldForMs, lock.untilMs - nowMs);
      isOwn &&= lock?.token === token;
      fence = lock?.fence ?? 0;
    }
    if (heldForMs > 0) return { granted: false, heldForMs };
    if (!isOwn) fence = ++this.#lastFence;
    for (const name of names) this.#locks.set(name, { token, fence, untilMs: nowMs + ttlMs });
    if (this.#locks.size >= this.#sweepAt) this.#sweep(nowMs);
    return { granted: true, fence };
  }

  extend(names: readonly string[], token: string, ttlMs: number): 'extended' | 'absent' | 'other' {
    this.#checkOpen();
    const nowMs = this.#clock.now();
    const locks = names.map((name) => this.#live(name, nowMs));
    if (locks.some((lock) => lock !== undefined && lock.token !== token)) return 'other';
    if (locks.includes(undefined)) return 'absent';
    names.forEach((name, at) => {
      this.#locks.set(name, { token, fence: locks[at]?.fence ?? 0, untilMs: nowMs + ttlMs });
    });
    return 'extended';
  }

  release(names: readonly string[], token: string): boolean {
    this.#checkOpen();
    const nowMs = this.#clock.now();
    const freed = names.filter((name) => this.#live(name, nowMs)?.token === token);
    for (const name of freed) this.#locks.delete(name);
    for (const name of freed) {
      for (const listener of [...(this.#listeners.get(name) ?? [])]) listener();
    }
    return freed.length > 0;
  }

  onRelease(names: readonly string[], listener: () => void): () => void {
    this.#checkOpen();
    for (const name of names) {
      const listeners = this.#listeners.get(name);
      if (listeners === undefined) this.#listeners.set(name, new Set([listener]));
      else listeners.add(listener);
    }
    return () => {
      for (const name of names) {
        const listeners = this.#listeners.get(name);
        listeners?.delete(listener);
        if (listeners?.size === 0) this.#listeners.delete(name);
      }
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#locks.clear();
    this.#listeners.clear();
  }

  #live(name: string, nowMs: number): HeldLock | undefined {
    const lock = this.#locks.get(name);
    return lock !== undefined && lock.untilMs > nowMs ? lock : undefined;
  }

  #sweep(nowMs: number): void {
    for (const [name, lock] of this.#locks) if (lock.untilMs <= nowMs) this.#locks.delete(name);
    this.#sweepAt = Math.max(FIRST_SWEEP_AT, this.#locks.size * 2);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new CacheError('ERR_CLOSED', 'this lock store is closed');
  }
}
