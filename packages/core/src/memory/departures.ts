import type { MissReason } from '../entry.ts';

/** The last departures that are remembered. */
export const MAX_DEPARTURES = 1_000;

/** Why recent keys are gone, so that a miss can say its reason. Bounded; what fell out is `never-set`. */
export class Departures {
  readonly #reasons = new Map<string, MissReason>();

  note(key: string, reason: MissReason): void {
    this.#reasons.delete(key);
    this.#reasons.set(key, reason);
    if (this.#reasons.size > MAX_DEPARTURES) {
      const oldest = this.#reasons.keys().next();
      if (!oldest.done) this.#reasons.delete(oldest.value);
    }
  }

  forget(key: string): void {
    if (this.#reasons.size > 0) this.#reasons.delete(key);
  }

  reason(key: string): MissReason {
    return this.#reasons.get(key) ?? 'never-set';
  }
}
