import { CacheError, type Clock, type Timer } from '@keepsake/core';
import type { Alarms } from './alarms.ts';
import type { Member, Roster } from './roster.ts';

export interface Wait {
  readonly names: readonly string[];
  /** Infinity: no limit. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  /** Those who wait, to be ended when the locks are closed. */
  readonly waiting: Roster<Patience>;
  readonly alarms: Alarms;
}

/**
 * How long one caller waits: until its wait time is over, its signal aborts, or the locks are closed.
 * Nothing is set up before the first `within`, so a lock that is had at once costs no timer.
 */
export class Patience implements Member {
  index = -1;
  readonly #clock: Clock;
  readonly #wait: Wait;
  readonly #startedAtMs: number;
  #timer: Timer | undefined;
  #isWatching = false;
  #isWaiting = false;
  #isOver = false;
  #reason: unknown;
  #giveUp: ((reason: unknown) => void) | undefined;

  /** Throws the signal's reason where it has aborted already. */
  constructor(clock: Clock, wait: Wait) {
    wait.signal?.throwIfAborted();
    this.#clock = clock;
    this.#wait = wait;
    this.#startedAtMs = clock.now();
  }

  /**
   * Settles as `work` does, or rejects when patience is over; what `work` gives after that goes to
   * `abandoned`, so that each outcome is had by exactly one. One at a time.
   */
  within<T>(work: PromiseLike<T>, abandoned?: (value: T) => void): Promise<T> {
    if (!this.#isWaiting && !this.#isOver) {
      this.#isWaiting = true;
      this.#timer?.cancel();
      const leftMs = this.leftMs();
      if (leftMs < Infinity) this.#timer = this.#clock.setTimer(() => this.onDue(), leftMs);
    }
    return this.#race(work, abandoned);
  }

  /**
   * The same for an answer of the store, which is mostly there long before: with a shared timer that keeps no process
   * alive, for the store does so itself.
   */
  withinAnswer<T>(work: PromiseLike<T>, abandoned: (value: T) => void): Promise<T> {
    const { waitMs, alarms } = this.#wait;
    if (this.#timer === undefined && !this.#isOver && waitMs < Infinity) {
      this.#timer = alarms.set(this.#startedAtMs, waitMs, this);
    }
    return this.#race(work, abandoned);
  }

  #race<T>(work: PromiseLike<T>, abandoned?: (value: T) => void): Promise<T> {
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
    return Math.max(0, this.#startedAtMs + this.#wait.waitMs - this.#clock.now());
  }

  /** Throws the reason if patience is over. */
  check(): void {
    const { signal } = this.#wait;
    if (signal?.aborted === true) this.end(signal.reason);
    if (this.leftMs() === 0) this.end(this.#timedOut());
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
    this.#wait.signal?.removeEventListener('abort', this.#onAbort);
    this.#wait.waiting.remove(this);
  }

  readonly #onAbort = (): void => this.end(this.#wait.signal?.reason);

  /** The time is over. */
  onDue(): void {
    this.end(this.#timedOut());
  }

  #timedOut(): CacheError {
    return timedOut(this.#wait.names, this.#wait.waitMs);
  }

  #watch(): void {
    if (this.#isWatching || this.#isOver) return;
    this.#isWatching = true;
    this.#wait.waiting.add(this);
    this.#wait.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }
}

export const timedOut = (names: readonly string[], waitMs: number): CacheError =>
  new CacheError(
    'ERR_LOCK_TIMEOUT',
    `lock ${JSON.stringify(names.join(', '))} was not free within ${waitMs} ms`,
  );

/** An abort may carry any value as its reason; it is passed on as it is. */
const toError = (reason: unknown): Error => reason as Error;
