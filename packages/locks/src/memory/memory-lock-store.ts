import {
  CacheError,
  type Clock,
  type LineRequest,
  type LockGrant,
  type LockStore,
  systemClock,
} from '@keepsake/core';
import { refuseUnknown } from '@keepsake/core/words';
import { Holders } from './holders.ts';
import { Lines } from './lines.ts';

const ALONE: LineRequest = Object.freeze({ holders: 1, placeMs: 0 });

/**
 * Locks inside one process: for tests, for development, and for a service of one process. Every method
 * takes effect before it returns. Fences rise over all names together.
 */
export class MemoryLockStore implements LockStore {
  readonly name = 'memory';
  readonly #clock: Clock;
  readonly #holders = new Holders();
  readonly #lines: Lines = new Lines((name, { token, holders }, nowMs) =>
    this.#holders.keptOutMs(name, token, holders, nowMs),
  );
  readonly #listeners = new Map<string, Set<() => void>>();
  #lastFence = 0;
  #isClosed = false;

  constructor(options: { clock?: Clock } = {}) {
    refuseUnknown('MemoryLockStore', options, { clock: true });
    this.#clock = options.clock ?? systemClock;
  }

  /** Locks in memory, lapsed ones that are not swept yet included. */
  get size(): number {
    return this.#holders.size;
  }

  acquire(names: readonly string[], token: string, ttlMs: number): LockGrant {
    return this.acquireInLine(names, token, ttlMs, ALONE);
  }

  acquireInLine(names: readonly string[], token: string, ttlMs: number, request: LineRequest): LockGrant {
    this.#checkOpen();
    const nowMs = this.#clock.now();
    const { holders, placeMs } = request;
    let keptOutMs = 0;
    for (const name of names) {
      keptOutMs = Math.max(keptOutMs, this.#holders.keptOutMs(name, token, holders, nowMs));
    }
    const own = this.#fenceOf(names, token, nowMs);
    // Who holds it already is not held up by those who wait for it.
    const heldUpMs = own === undefined && keptOutMs === 0 ? this.#heldUpMs(names, token, nowMs) : 0;
    if (keptOutMs === 0 && heldUpMs === 0) {
      const fence = own ?? ++this.#lastFence;
      for (const name of names) {
        this.#holders.put(name, { token, fence, untilMs: nowMs + ttlMs, holders }, nowMs);
      }
      this.#lines.leave(token);
      // The next one may share it.
      if (holders > 1) this.#callNext(names, nowMs);
      return { granted: true, fence };
    }
    if (placeMs > 0) this.#lines.take(names, token, holders, nowMs + placeMs);
    if (keptOutMs === 0) this.#callNext(names, nowMs);
    return { granted: false, heldForMs: Math.max(keptOutMs, heldUpMs) };
  }

  extend(names: readonly string[], token: string, ttlMs: number): 'extended' | 'absent' | 'other' {
    this.#checkOpen();
    const nowMs = this.#clock.now();
    const own = names.map((name) => this.#holders.of(name, token, nowMs));
    const isOther = (name: string, at: number): boolean =>
      own[at] === undefined && this.#holders.keptOutMs(name, token, Infinity, nowMs) > 0;
    if (names.some(isOther)) return 'other';
    if (own.includes(undefined)) return 'absent';
    own.forEach((holder, at) => {
      const name = names[at];
      if (holder === undefined || name === undefined) return;
      this.#holders.put(name, { ...holder, untilMs: nowMs + ttlMs }, nowMs);
    });
    return 'extended';
  }

  release(names: readonly string[], token: string): boolean {
    this.#checkOpen();
    const nowMs = this.#clock.now();
    const freed = names.filter((name) => this.#holders.remove(name, token, nowMs));
    const left = this.#lines.leave(token);
    if (!this.#lines.isEmpty) this.#callNext([...freed, ...left], nowMs);
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

  onTurn(token: string, listener: (inMs: number) => void): () => void {
    this.#checkOpen();
    return this.#lines.listen(token, listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#holders.clear();
    this.#lines.clear();
    this.#listeners.clear();
  }

  /** Its fence where it holds all of them. */
  #fenceOf(names: readonly string[], token: string, nowMs: number): number | undefined {
    let fence: number | undefined;
    for (const name of names) {
      fence = this.#holders.of(name, token, nowMs)?.fence;
      if (fence === undefined) return undefined;
    }
    return fence;
  }

  #heldUpMs(names: readonly string[], token: string, nowMs: number): number {
    if (this.#lines.isEmpty) return 0;
    return Math.max(...names.map((name) => this.#lines.heldUpMs(name, token, nowMs)));
  }

  #callNext(names: readonly string[], nowMs: number): void {
    for (const name of names) this.#lines.call(name, nowMs);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new CacheError('ERR_CLOSED', 'this lock store is closed');
  }
}
