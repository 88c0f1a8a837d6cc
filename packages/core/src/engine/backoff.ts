import { Generations } from '../memory/generations.ts';

/** Keys whose failures are remembered. */
export const MAX_BACKOFFS = 10_000;

/** The first wait; each further failure doubles it. */
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * After a load failed while a stale value could be served, the next attempt waits: a source in trouble is not
 * asked once a read. 1 s, doubled up to 30 s; ends with a success, and what became stale only after the failure
 * is tried at once.
 */
export class Backoffs {
  readonly #failures = new Generations<{ count: number; at: number; until: number }>(MAX_BACKOFFS);

  failed(key: string, now: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.set(key, {
      count,
      at: now,
      until: now + Math.min(LONGEST_MS, FIRST_MS * 2 ** (count - 1)),
    });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** `staleSince`: when the value at hand became stale. */
  isWaiting(key: string, now: number, staleSince: number): boolean {
    const failure = this.#failures.get(key);
    return failure !== undefined && now < failure.until && staleSince <= failure.at;
  }
}
