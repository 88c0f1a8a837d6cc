const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

interface Failures {
  readonly count: number;
  readonly until: number;
  /** The key was written or removed since: whether it still waits is left open. */
  readonly isDisturbed: boolean;
}

/** After a failure that a stale value covered, a key is not loaded for 1 s, doubled with each further one. */
export class ReferenceBackoffs {
  readonly #failures = new Map<string, Failures>();

  failed(key: string, now: number): void {
    const known = this.#failures.get(key);
    const count = (known?.count ?? 0) + 1;
    const isDisturbed = known?.isDisturbed === true;
    const waitMs = isDisturbed ? LONGEST_MS : Math.min(LONGEST_MS, FIRST_MS * 2 ** (count - 1));
    this.#failures.set(key, { count, until: now + waitMs, isDisturbed });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  disturbed(key: string): void {
    const known = this.#failures.get(key);
    if (known) this.#failures.set(key, { ...known, isDisturbed: true });
  }

  isWaiting(key: string, now: number): boolean {
    return now < (this.#failures.get(key)?.until ?? 0);
  }

  isOpen(key: string, now: number): boolean {
    return this.isWaiting(key, now) && this.#failures.get(key)?.isDisturbed === true;
  }
}
