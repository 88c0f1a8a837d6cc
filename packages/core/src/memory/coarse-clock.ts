import { type Clock, systemClock } from '../clock.ts';

/** Reads that may share one reading of the clock. */
const MOST_SHARED_READS = 64;
/** For this long at most a reading is shared while the event loop turns. */
const SHARED_MS = 1;

/**
 * The system clock, read less often: one reading of it costs more than the look-up that needs it. A reading
 * is shared until the event loop has turned and a millisecond has passed, and by 64 reads at most, so that
 * it does not stand still in a long synchronous loop. Any other clock is read each time.
 */
export class CoarseClock {
  readonly #clock: Clock;
  readonly #isShared: boolean;
  #now = 0;
  #left = 0;
  #isArmed = false;
  readonly #forget = (): void => {
    this.#left = 0;
    this.#isArmed = false;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#isShared = clock === systemClock;
  }

  now(): number {
    if (this.#left > 0) {
      this.#left -= 1;
      return this.#now;
    }
    return this.#read();
  }

  /** Apart from `now`, which is small enough to be inlined wherever a time is compared. */
  #read(): number {
    this.#now = this.#clock.now();
    if (!this.#isShared) return this.#now;
    this.#left = MOST_SHARED_READS;
    if (!this.#isArmed) {
      this.#isArmed = true;
      this.#clock.setTimer(this.#forget, SHARED_MS, 'background');
    }
    return this.#now;
  }
}
