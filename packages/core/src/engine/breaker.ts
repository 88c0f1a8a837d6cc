import type { Clock } from '../clock.ts';

/** Calls in a row that exceed their deadline before the store is left alone. */
const THRESHOLD = 5;
/** How long it is left alone until one call tries again. */
const OPEN_MS = 1_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * A circuit breaker (Nygard, "Release It!"): a store that answers too late, time after time, is not asked for
 * a second, then by one call a second until one succeeds. Failures that come at once cost nothing and do not count.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #timeouts = 0;
  #openUntil = 0;

  constructor(clock: Clock, onChange: (state: BreakerState) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether a call may go out; once a second while it is not closed. */
  allows(): boolean {
    if (this.#state === 'closed') return true;
    const now = this.#clock.now();
    if (now < this.#openUntil) return false;
    this.#openUntil = now + OPEN_MS;
    this.#change('half-open');
    return true;
  }

  succeeded(): void {
    this.#timeouts = 0;
    this.#change('closed');
  }

  failed(isTimeout: boolean): void {
    this.#timeouts = isTimeout ? this.#timeouts + 1 : 0;
    if (this.#state === 'half-open' || this.#timeouts >= THRESHOLD) {
      this.#openUntil = this.#clock.now() + OPEN_MS;
      this.#change('open');
    }
  }

  #change(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }
}
