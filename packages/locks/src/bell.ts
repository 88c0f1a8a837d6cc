import type { Clock, Timer } from '@keepsake/core';

/** Wakes one waiter, by `ring` or by the time. A ring while nobody waits is remembered until `reset`. */
export class Bell {
  readonly #clock: Clock;
  #hasRung = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly ring = (): void => {
    this.#hasRung = true;
    this.#wake?.();
  };

  reset(): void {
    this.#hasRung = false;
  }

  /** Resolves at the next ring, or after `ms`; at once if it has rung since the last reset. */
  wait(ms: number): Promise<void> {
    if (this.#hasRung) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = this.#clock.setTimer(() => this.#wake?.(), ms);
      this.#wake = (): void => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Lets go of whoever waits. */
  stop(): void {
    this.#wake?.();
  }
}
