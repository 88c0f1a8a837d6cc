import type { CacheError, Clock, Timer } from '@keepsake/core';

/**
 * How long one caller waits: until its wait time is over, its signal aborts, or the locks are closed.
 * Nothing is set up before the first `within`, so a lock that is had at once costs no timer.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #endsAtMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onTimeout: () => CacheError;
  #timer: Timer | undefined;
  #isWatching = false;
  #isOver = false;
  #reason: unknown;
  #giveUp: ((reason: unknown) => void) | undefined;

  /** `waitMs` Infinity: no limit. Throws the signal's reason where it has aborted already. */
  constructor(clock: Clock, waitMs: number, signal: AbortSignal | undefined, onTimeout: () => CacheError) {
    signal?.throwIfAborted();
    this.#clock = clock;
    this.#endsAtMs = clock.now() + waitMs;
    this.#signal = signal;
    this.#onTimeout = onTimeout;
  }

  /**
   * Settles as `work` does, or rejects when patience is over; what `work` gives after that goes to
   * `abandoned`, so that each outcome is had by exactly one. One at a time.
   */
  within<T>(work: PromiseLike<T>, abandoned?: (value: T) => void): Promise<T> {
    this.#watch();
    return new Promise<T>((resolve, reject) => {
      this.#giveUp = reject;
      // Attached even where it is over already: a late rejection of `work` must not go unhandled.
      work.then((value) => (this.#isOver ? abandoned?.(value) : resolve(value)), reject);
      if (this.#isOver) reject(toError(this.#reason));
    });
  }

  /** How much of the wait is left; Infinity: no limit. */
  leftMs(): number {
    return Math.max(0, this.#endsAtMs - this.#clock.now());
  }

  /** Throws the reason if patience is over. */
  check(): void {
    if (this.#signal?.aborted === true) this.end(this.#signal.reason);
    if (!this.#isOver && this.#clock.now() >= this.#endsAtMs) this.end(this.#onTimeout());
    if (this.#isOver) throw toError(this.#reason);
  }

  /** Ends it now. */
  end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason = reason;
    this.stop();
    this.#giveUp?.(reason);
  }

  /** Frees the timer and the listener. */
  stop(): void {
    this.#timer?.cancel();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.end(this.#signal?.reason);

  #watch(): void {
    if (this.#isWatching || this.#isOver) return;
    this.#isWatching = true;
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    const leftMs = this.#endsAtMs - this.#clock.now();
    if (leftMs < Infinity) this.#timer = this.#clock.setTimer(() => this.end(this.#onTimeout()), leftMs);
  }
}

/** An abort may carry any value as its reason; it is passed on as it is. */
const toError = (reason: unknown): Error => reason as Error;
