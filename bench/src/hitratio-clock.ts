import type { Clock, Timer } from '@keepsake/core';

/** A clock that a trace drives: timers fire on the way, in order of their time. */
export class TraceClock implements Clock {
  readonly #timers = new Map<() => void, number>();
  #now = 0;
  /** No timer is due before this. */
  #soonest = Infinity;

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const fire = (): void => callback();
    this.#timers.set(fire, this.#now + delayMs);
    this.#soonest = Math.min(this.#soonest, this.#now + delayMs);
    return { cancel: () => void this.#timers.delete(fire) };
  }

  moveTo(now: number): void {
    while (this.#soonest <= now) {
      const due = [...this.#timers].filter(([, at]) => at === this.#soonest);
      this.#now = Math.max(this.#now, this.#soonest);
      for (const [fire] of due) {
        this.#timers.delete(fire);
        fire();
      }
      this.#soonest = Math.min(Infinity, ...this.#timers.values());
    }
    this.#now = now;
  }
}
