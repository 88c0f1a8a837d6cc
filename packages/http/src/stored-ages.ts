import type { Clock } from '@keepsake/core';
import { currentAge } from './rules/age.ts';
import type { StoredResponse } from './stored-response.ts';

/** Clocks of two machines may differ by so much; what is received later than that has no age that is known. */
const MAX_SKEW_MS = 60_000;

interface Seen {
  readonly atMs: number;
  readonly ageS: number;
}

/**
 * RFC 9111 4.2.3 by the wall clock, for entries come from other processes and outlive this one; and by the
 * clock that never steps, since this process first saw them: a wall clock that is set back makes nothing
 * younger.
 */
export class StoredAges {
  readonly #clock: Clock;
  readonly #seen = new WeakMap<StoredResponse, Seen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In seconds. */
  of(stored: StoredResponse): number {
    const seen = this.#seen.get(stored);
    if (seen) return Math.max(this.#byWall(stored), seen.ageS + this.#secondsSince(seen.atMs));
    const ageS = this.ofNew(stored);
    this.#seen.set(stored, { atMs: this.#clock.now(), ageS });
    return ageS;
  }

  /** Of one that was just read, and that nobody will be given again. */
  ofNew(stored: StoredResponse): number {
    const ageS = this.#byWall(stored);
    const isOfTheFuture = stored.receivedAtMs > this.#clock.wallNow() + MAX_SKEW_MS;
    return isOfTheFuture ? Math.max(ageS, stored.lifetimeS) : ageS;
  }

  #byWall({ initialAgeS, receivedAtMs }: StoredResponse): number {
    return currentAge(initialAgeS, receivedAtMs, this.#clock.wallNow());
  }

  #secondsSince(atMs: number): number {
    return Math.floor((this.#clock.now() - atMs) / 1_000);
  }
}
