import type { Clock, Timer } from '@keepsake/core';

/** Wakes one waiter, by `ring` or by the time. A ring while nobody waits is remembered until `reset`. */
export class Bell {
  readonly #clock: Clock;
  #dueAtMs = Infinity;
  #wake: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rings, now or after `inMs`; the earliest counts. */
  readonly ring = (inMs = 0): void => {
    const dueAtMs = inMs > 0 ? this.#clock.now() + inMs : -Infinity;
    if (dueAtMs >= this.#dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    if (this.#wake === undefined) return;
    if (inMs > 0) this.#arm(inMs);
    else this.#wake();
  };

  reset(): void {
    this.#dueAtMs = Infinity;
  }

  /** Resolves at the next ring, or after `ms`; at once if it has rung since the last reset. */
  wait(ms: number): Promise<void> {
    if (this.#dueAtMs === -Infinity) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = (): void => {
        this.#timer?.cancel();
        this.#wake = undefined;
        resolve();
      };
      const nowMs = this.#clock.now();
      this.#dueAtMs = Math.min(this.#dueAtMs, nowMs + ms);
      this.#arm(this.#dueAtMs - nowMs);
    });
  }

  /** Lets go of whoever waits. */
  stop(): void {
    this.#wake?.();
  }

  #arm(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(() => this.#wake?.(), ms);
  }
}
