import type { Clock, Timer } from '@keepsake/core';

interface Waiting {
  readonly dueAt: number;
  /** Undefined once it has settled: what holds its reply would hold it until the timer comes round. */
  giveUp: (() => void) | undefined;
}

/**
 * Deadlines that all lie equally far ahead, behind one timer: a queue in order of time, so that a command
 * costs no timer of its own. When the event loop was blocked, replies may lie unread in the socket: what is
 * due is given up only after the next poll of the sockets.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #queue: Waiting[] = [];
  #head = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Settles like `work`, or calls `onDue` for the error to reject with once the time is over. */
  race<T>(work: Promise<T>, onDue: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        dueAt: this.#clock.now() + this.#timeoutMs,
        giveUp: () => reject(onDue()),
      };
      work.then(
        (value) => {
          waiting.giveUp = undefined;
          resolve(value);
        },
        (error: unknown) => {
          waiting.giveUp = undefined;
          reject(error);
        },
      );
      this.#queue.push(waiting);
      this.#arm();
    });
  }

  /** Gives up all that still wait, as if they were due. */
  flush(): void {
    const waiting = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { giveUp } of waiting) giveUp?.();
  }

  #arm(): void {
    if (this.#timer) return;
    this.#dropSettled();
    const next = this.#queue[this.#head];
    if (!next) return;
    // Not a background timer: a caller that waits must be answered before the process may end.
    this.#timer = this.#clock.setTimer(
      () => setImmediate(() => this.#giveUpDue()),
      next.dueAt - this.#clock.now(),
    );
  }

  #giveUpDue(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let next = this.#queue[this.#head]; next && next.dueAt <= now; next = this.#queue[this.#head]) {
      this.#head += 1;
      next.giveUp?.();
    }
    this.#arm();
  }

  #dropSettled(): void {
    for (let next = this.#queue[this.#head]; next && !next.giveUp; next = this.#queue[this.#head]) {
      this.#head += 1;
    }
    if (this.#head === this.#queue.length || this.#head > 1_024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
