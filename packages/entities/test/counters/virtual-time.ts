import type { Clock, Timer } from '@keepsake/core';

/** A clock for thousands of short courses: as FakeClock, and no real timer is waited for between two of its own. */
export class VirtualTime implements Clock {
  readonly #pending = new Set<{ readonly at: number; readonly callback: () => void }>();
  #now = 1_000;

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const pending = { at: this.#now + delayMs, callback };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(resolve, ms));
  }

  /** Fires all timers up to then, calling `look` after each. */
  async advance(ms: number, look: () => void): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await new Promise(setImmediate);
      look();
      let next: { readonly at: number; readonly callback: () => void } | undefined;
      for (const one of this.#pending) if (one.at <= until && one.at < (next?.at ?? Infinity)) next = one;
      if (next === undefined) break;
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }
}
