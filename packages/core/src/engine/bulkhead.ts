import { CacheError } from '../errors.ts';

/** Loads that may wait for a place; one more is refused. */
export const MAX_WAITING_LOADS = 100_000;

/** At most `limit` loads at once; the rest wait in order of arrival. */
export class Bulkhead {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Resolves with the way to give the place back (idempotent). Rejects with the signal's reason when it
   * aborts first, and with ERR_UNAVAILABLE when too many wait already.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
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
    if (this.#waiting.size >= MAX_WAITING_LOADS) {
      throw new CacheError('ERR_UNAVAILABLE', `too many loads: ${this.#waiting.size} wait already`);
    }
    await new Promise<void>((resolve, reject) => {
      const granted = (): void => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        this.#waiting.delete(granted);
        reject(signal.reason as Error);
      };
      this.#waiting.add(granted);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Hands the place to the next in line, else frees it. */
  #leave(): void {
    const next = this.#waiting.values().next();
    if (next.done) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next.value);
    next.value();
  }
}
