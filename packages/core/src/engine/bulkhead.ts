import { CacheError } from '../errors.ts';

/** Loads that may wait for a place; one more is refused. */
export const MAX_WAITING_LOADS = 100_000;

interface Waiter {
  grant: () => void;
  /** It gave up: its turn is passed over. */
  gone: boolean;
}

/** At most `limit` loads at once; the rest wait in order of arrival. O(1) amortised. */
export class Bulkhead {
  readonly #limit: number;
  readonly #mostWaiting: number;
  #line: Waiter[] = [];
  /** Where the line begins: what lies before has had its turn. */
  #head = 0;
  #waiting = 0;
  #running = 0;

  constructor(limit: number, mostWaiting: number = MAX_WAITING_LOADS) {
    this.#limit = limit;
    this.#mostWaiting = mostWaiting;
  }

  /**
   * Resolves with the way to give the place back (idempotent). Rejects with the signal's reason when it
   * aborts first, and with ERR_UNAVAILABLE when too many wait already.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#running >= this.#limit) await this.#wait(signal);
    else this.#running += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#leave();
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting >= this.#mostWaiting) {
      throw new CacheError('ERR_UNAVAILABLE', `too many loads: ${this.#waiting} wait already`);
    }
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { gone: false, grant: () => undefined };
      const aborted = (): void => {
        waiter.gone = true;
        this.#waiting -= 1;
        reject(signal.reason as Error);
      };
      waiter.grant = () => {
        signal.removeEventListener('abort', aborted);
        this.#waiting -= 1;
        resolve();
      };
      this.#line.push(waiter);
      this.#waiting += 1;
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Hands the place to the next in line, else frees it. */
  #leave(): void {
    for (let next = this.#line[this.#head]; next; next = this.#line[this.#head]) {
      this.#head += 1;
      if (next.gone) continue;
      if (this.#head > 1_000 && this.#head * 2 > this.#line.length) {
        this.#line = this.#line.slice(this.#head);
        this.#head = 0;
      }
      next.grant();
      return;
    }
    this.#line = [];
    this.#head = 0;
    this.#running -= 1;
  }
}
