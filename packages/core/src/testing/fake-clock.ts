import type { Clock, Timer } from '../clock.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is told to move. Timers fire in order of their time, then of their
 * setting; promises that a timer settles run before the next one fires.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { FakeClock } from '@keepsake/core/testing';
 *
 * const clock = new FakeClock();
 * const cache = createCache({ clock, ttl: '10s' });
 * await cache.set('a', 1);
 * await clock.advance(10_000);
 * console.log(await cache.get('a')); // undefined
 * ```
 */
export class FakeClock implements Clock {
  readonly #pending = new Set<Pending>();
  #now: number;
  #wallOffset: number;
  #order = 0;

  constructor(startMs = 1_000, wallMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
    this.#wallOffset = wallMs - startMs;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#wallOffset;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const pending: Pending = { at: this.#now + Math.max(0, delayMs), order: this.#order, callback };
    this.#order += 1;
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Moves time on by `ms`, firing what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = until;
    await settle();
  }

  /** Moves time on without firing anything, as a blocked event loop does. */
  block(ms: number): void {
    this.#now += ms;
  }

  /** Steps the wall clock alone. */
  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }

  #next(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const one of this.#pending) {
      if (one.at > until) continue;
      if (!first || one.at < first.at || (one.at === first.at && one.order < first.order)) first = one;
    }
    return first;
  }
}

/** Lets promises that are settled already run to their next wait. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
};
