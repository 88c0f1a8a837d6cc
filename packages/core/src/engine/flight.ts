import type { Clock } from '../clock.ts';
import { copyValue } from '../copy.ts';
import type { MissReason } from '../entry.ts';
import type { Tier } from '../events.ts';
import { within } from './within.ts';

/** How a flight came to its value. */
export interface Landing {
  readonly value: unknown;
  readonly source: Tier | 'loader' | 'stale' | 'negative';
  /** Callers after the first need a copy of their own. */
  readonly copyable: boolean;
  /** The full tags of what was found or made. */
  readonly tags: readonly string[];
}

/** `load`: on a miss. `forced`: whatever is there. `refresh`: behind a value that was served. */
export type FlightKind = 'load' | 'forced' | 'refresh';

/**
 * What stands in the map of flights, in their place: the tables that a Map has outgrown hold on to each other, and to
 * what stood in them, until a full collection (V8, measured: half of what a load costs). It is emptied with the flight.
 */
interface Place {
  flight: Flight | undefined;
}

/**
 * One load of one key, shared by all callers that want it meanwhile. It is abandoned when the last of
 * them has left. A flight that was fenced (its key changed while it was under way) still answers those who
 * joined before, and nobody joins it any more.
 */
export class Flight {
  readonly key: string;
  readonly kind: FlightKind;
  readonly startedAt: number;
  /** What its value is checked against where it comes out of a store. */
  readonly shape: object | undefined;
  /** Where it is found while it can be joined. */
  readonly place: Place = { flight: this };
  /** Why the look-up before the load found nothing. */
  reason: MissReason = 'never-set';
  settled = false;
  #waiters = 0;
  /** It has landed with what was there, and its load goes on. */
  #goesOn = false;
  #isFirst = true;
  #pristine: unknown;
  #abandoned: { readonly reason: unknown } | undefined;
  #onAbandoned: ((reason: unknown) => void) | undefined;
  #resolve: (landing: Landing) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #landing: Promise<Landing>;

  constructor(key: string, kind: FlightKind, startedAt: number, shape?: object) {
    this.key = key;
    this.kind = kind;
    this.startedAt = startedAt;
    this.shape = shape;
    this.#landing = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Those who wait get the rejection; a flight that all have left must not be an unhandled one.
    this.#landing.catch(() => undefined);
  }

  /** The first landing counts. `isOver`: nobody finds the flight any more. */
  land(landing: Landing, isOver = false): void {
    if (this.settled) return;
    this.settled = true;
    this.#goesOn = !isOver && landing.source !== 'loader';
    // Taken before the first caller can change what it gets; a flight that goes on can still be joined.
    if (landing.copyable && (this.#waiters > 1 || this.#goesOn)) {
      try {
        this.#pristine = copyValue(landing.value);
      } catch {
        // What cannot be copied was not stored either: its callers share it.
        this.#resolve({ ...landing, copyable: false });
        return;
      }
    }
    this.#resolve(landing);
  }

  fail(error: unknown): void {
    this.settled = true;
    this.#reject(error);
  }

  /** Whether a new caller may wait for it: it is under way, or landed with what was there while its load goes on. */
  get canBeJoined(): boolean {
    return !this.#abandoned && (!this.settled || this.#goesOn);
  }

  /** Nobody waits any more. */
  get isAbandoned(): boolean {
    return this.#abandoned !== undefined;
  }

  /** Calls back once nobody waits any more. */
  whenAbandoned(callback: (reason: unknown) => void): void {
    if (this.#abandoned) callback(this.#abandoned.reason);
    else this.#onAbandoned = callback;
  }

  /** Keeps the load going without a caller: a refresh in the background. */
  hold(): void {
    this.#waiters += 1;
  }

  /**
   * Waits for the landing and gives what `take` makes of it; leaving early rejects, with the signal's reason or
   * ERR_TIMEOUT. (Ten thousand may wait for one flight: each costs a promise and a closure.)
   */
  join<T>(
    clock: Clock,
    deadlineMs: number,
    signal: AbortSignal | undefined,
    take: (flight: Flight, landing: Landing) => T,
  ): Promise<T> {
    this.#waiters += 1;
    return within(this.#landing, clock, deadlineMs, 'getOrSet', signal).then(
      (landing) => take(this, this.#share(landing)),
      this.#leave,
    );
  }

  /** For the first caller the value itself, for each other one a copy of its own. */
  #share(landing: Landing): Landing {
    this.#waiters -= 1;
    if (this.#isFirst || !landing.copyable) {
      this.#isFirst = false;
      return landing;
    }
    return { ...landing, value: copyValue(this.#pristine) };
  }

  readonly #leave = (reason: unknown): never => {
    this.#waiters -= 1;
    if (this.#waiters === 0 && !this.settled) {
      this.#abandoned = { reason };
      this.#onAbandoned?.(reason);
    }
    throw reason;
  };
}

/**
 * The flights that a new caller may join, by full key. Where other processes change the data and no message
 * says so in time, a flight can be joined for as long only as a read may be stale (`maxAgeMs`).
 */
export class Flights {
  readonly #joinable = new Map<string, Place>();
  readonly #clock: Clock;
  readonly #maxAgeMs: () => number;

  constructor(clock: Clock, maxAgeMs: () => number) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  /** `shape`: what the caller's values must be; a flight that checks against another is not the caller's. */
  find(key: string, shape: object | undefined): Flight | undefined {
    if (this.#joinable.size === 0) return undefined;
    const flight = this.#joinable.get(key)?.flight;
    if (!flight?.canBeJoined || flight.shape !== shape) return undefined;
    const maxAgeMs = this.#maxAgeMs();
    const isYoung = maxAgeMs === Infinity || this.#clock.now() - flight.startedAt < maxAgeMs;
    return isYoung ? flight : undefined;
  }

  add(flight: Flight): void {
    this.#joinable.set(flight.key, flight.place);
  }

  /** The flight is over. A newer one of the same key stays. */
  remove({ key, place }: Flight): void {
    place.flight = undefined;
    if (this.#joinable.get(key) === place) this.#joinable.delete(key);
  }

  /** The key changed: nobody joins what began before. */
  end(key: string): void {
    if (this.#joinable.size > 0) this.#joinable.delete(key);
  }

  endMatching(matches: (key: string) => boolean): void {
    for (const key of this.#joinable.keys()) if (matches(key)) this.#joinable.delete(key);
  }
}
