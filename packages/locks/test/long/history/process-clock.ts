import type { Clock, Timer } from '@keepsake/core';
import type { EventLoops } from '@keepsake/tooling/simulation';

/**
 * The clocks of one simulated process: the monotonic one runs a little fast or slow, and stands still while the
 * machine sleeps; the wall clock goes on then, and is set by whoever likes to.
 */
export class ProcessClock implements Clock {
  readonly #loops: EventLoops;
  readonly #process: number;
  readonly #rate: number;
  readonly #inner: Clock;
  #sleptMs = 0;
  #wallOffsetMs = 1_700_000_000_000;

  constructor(loops: EventLoops, process: number, rate: number) {
    this.#loops = loops;
    this.#process = process;
    this.#rate = rate;
    this.#inner = loops.clockOf(process);
  }

  now(): number {
    return (this.#loops.nowMs - this.#sleptMs) * this.#rate;
  }

  wallNow(): number {
    return this.#loops.nowMs + this.#wallOffsetMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const dueMs = this.now() + Math.max(0, delayMs);
    let timer: Timer;
    const arm = (): void => {
      timer = this.#inner.setTimer(fire, (dueMs - this.now()) / this.#rate);
    };
    // After a sleep of the machine it is not yet due.
    const fire = (): void => (this.now() < dueMs - 1e-6 ? arm() : callback());
    arm();
    return { cancel: () => timer.cancel() };
  }

  /** The machine sleeps: nothing runs, and the monotonic clock stands still. */
  sleep(ms: number): void {
    this.#loops.block(this.#process, ms);
    this.#sleptMs += ms;
  }

  stepWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }
}
