import type { MissReason } from '../entry.ts';
import { Generations } from './generations.ts';

/** The last departures that are remembered. */
export const MAX_DEPARTURES = 1_000;

/** Why recent keys are gone, so that a miss can say its reason. Bounded; what fell out is `never-set`. */
export class Departures {
  readonly #reasons = new Generations<MissReason>(MAX_DEPARTURES);

  note(key: string, reason: MissReason): void {
    this.#reasons.set(key, reason);
  }

  forget(key: string): void {
    this.#reasons.delete(key);
  }

  reason(key: string): MissReason {
    return this.#reasons.get(key) ?? 'never-set';
  }
}
