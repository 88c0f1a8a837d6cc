import { Generations } from '../memory/generations.ts';

/** Keys whose failures are remembered. */
export const MAX_BACKOFFS = 10_000;

/** The first wait; each further failure doubles it. */
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * After a load failed while a stale value could be served, the next attempt waits: a source in trouble is not
 * asked once a read. 1 s, doubled up to 30 s; ends with a success or a removal of the key.
 */
export class Backoffs {
  readonly #failures = new Generations<{ count: number; until: number }>(MAX_BACKOFFS);

  failed(key: string, now: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.set(key, { count, until: now + Math.min(LONGEST_MS, FIRST_MS * 2 ** (count - 1)) });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  isWaiting(key: string, now: number): boolean {
    return now < (this.#failures.get(key)?.until ?? 0);
  }
}
