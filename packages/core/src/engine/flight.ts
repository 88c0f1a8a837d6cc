import type { Clock } from '../clock.ts';
import { copyValue } from '../copy.ts';
import type { MissReason } from '../entry.ts';
import type { Tier } from '../events.ts';

/** How a flight came to its value. */
export interface Landing {
  readonly value: unknown;
  readonly source: Tier | 'loader' | 'stale' | 'negative';
  /** Callers after the first need a copy of their own. */
  readonly copyable: boolean;
}

/** `load`: on a miss. `forced`: whatever is there. `refresh`: behind a stale value that was served. */
export type FlightKind = 'load' | 'forced' | 'refresh';

/**
 * One load of one key, shared by all callers that want it meanwhile. The load is aborted when the last of
 * them has left. A flight that was fenced (its key changed while it was under way) still answers those who
 * joined before, and nobody joins it any more.
 */
export class Flight {
  readonly key: string;
  readonly kind: FlightKind;
  readonly startedAt: number;
  /** Why the look-up before the load found nothing. */
  reason: MissReason = 'never-set';
  readonly controller: AbortController = new AbortController();
  #waiters = 0;
  #settled = false;
  #isStale = false;
  #resolve: (landing: Landing) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #landing: Promise<Landing>;
  #first = true;
  #pristine: unknown;

  constructor(key: string, kind: FlightKind, startedAt: number) {
    this.key = key;
    this.kind = kind;
    this.startedAt = startedAt;
    this.#landing = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Those who wait get the rejection; a flight that all have left must not be an unhandled one.
    this.#landing.catch(() => undefined);
  }

  land(landing: Landing): void {
    this.#settled = true;
    this.#isStale = landing.source === 'stale';
    // Taken before the first caller can change what it gets; a stale landing can still be joined.
    if (landing.copyable && (this.#waiters > 1 || this.#isStale)) {
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

  /** Whether a new caller may wait for it: it is under way, or served stale while its load goes on. */
  get canBeJoined(): boolean {
    return !this.controller.signal.aborted && (!this.#settled || this.#isStale);
  }

  fail(error: unknown): void {
    this.#settled = true;
    this.#reject(error);
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Keeps the load going without a caller: a refresh in the background. */
  hold(): void {
    this.#waiters += 1;
  }

  /** Waits for the landing; leaving early by `signal` rejects with its reason. */
  async join(signal: AbortSignal | undefined): Promise<Landing> {
    signal?.throwIfAborted();
    this.#waiters += 1;
    try {
      const landing = await (signal ? abortable(this.#landing, signal) : this.#landing);
      return this.#own(landing);
    } finally {
      this.#waiters -= 1;
      if (this.#waiters === 0 && !this.#settled) {
        this.controller.abort(signal?.reason ?? new DOMException('nobody waits any more', 'AbortError'));
      }
    }
  }

  #own(landing: Landing): Landing {
    if (this.#first || !landing.copyable) {
      this.#first = false;
      return landing;
    }
    return { ...landing, value: copyValue(this.#pristine) };
  }
}

const abortable = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/**
 * The flights that a new caller may join, by full key. Where other processes change the data and no message
 * says so, a flight can be joined for as long only as a read may be stale (`maxAgeMs`).
 */
export class Flights {
  readonly #joinable = new Map<string, Flight>();
  readonly #clock: Clock;
  readonly #maxAgeMs: number;

  constructor(clock: Clock, maxAgeMs: number) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  find(key: string): Flight | undefined {
    if (this.#joinable.size === 0) return undefined;
    const flight = this.#joinable.get(key);
    if (!flight?.canBeJoined) return undefined;
    return this.#clock.now() - flight.startedAt < this.#maxAgeMs ? flight : undefined;
  }

  add(flight: Flight): void {
    this.#joinable.set(flight.key, flight);
  }

  /** The flight is over. A newer one of the same key stays. */
  remove(flight: Flight): void {
    if (this.#joinable.get(flight.key) === flight) this.#joinable.delete(flight.key);
  }

  /** The key changed: nobody joins what began before. */
  end(key: string): void {
    if (this.#joinable.size > 0) this.#joinable.delete(key);
  }

  endMatching(matches: (key: string) => boolean): void {
    for (const key of this.#joinable.keys()) if (matches(key)) this.#joinable.delete(key);
  }
}
