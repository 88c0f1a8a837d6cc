const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

interface Failures {
  readonly count: number;
  readonly at: number;
  readonly until: number;
}

/**
 * After a failure that a stale value covered, a key is not loaded for 1 s, doubled with each further one; what
 * became stale only after the failure is.
 */
export class ReferenceBackoffs {
  readonly #failures = new Map<string, Failures>();

  failed(key: string, now: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const waitMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (count - 1));
    this.#failures.set(key, { count, at: now, until: now + waitMs });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  isWaiting(key: string, now: number, staleSince: number): boolean {
    const failure = this.#failures.get(key);
    return failure !== undefined && now < failure.until && staleSince <= failure.at;
  }
}
