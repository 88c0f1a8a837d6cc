/**
 * What a backend gives back for a key that is there. Times are on the scale of the process's own
 * `Clock.now()`: a remote backend translates from the clock of its server.
 */
export interface Entry {
  readonly value: unknown;
  readonly createdAt: number;
  /** Fresh before this; Infinity = forever. */
  readonly freshUntil: number;
  /** Stale but served at once, with a refresh behind, before this (>= freshUntil). */
  readonly swrUntil: number;
  /** Stale, served only when the loader fails or is slow, before this (>= swrUntil). Then gone. */
  readonly graceUntil: number;
  /** A read that hits moves freshUntil this far ahead; 0 = it does not slide. */
  readonly slidingMs: number;
  /** What the loader took, for early refresh; 0 = unknown. */
  readonly costMs: number;
  /** The loader said "no value": a hit that answers undefined. */
  readonly negative: boolean;
  readonly tags: readonly string[];
  /** The backend's invalidation number that was captured before the value was made. */
  readonly number: number;
  /** Schema version of the value. */
  readonly version: number;
  /** See StoreItem.acceptedBy. */
  readonly acceptedBy?: object | undefined;
}

/** Why a read gave no value. `never-set` also where it cannot be known. */
export type MissReason =
  | 'never-set'
  | 'expired'
  | 'tag'
  | 'evicted'
  | 'deleted'
  | 'cleared'
  | 'schema'
  | 'corrupt'
  | 'negative'
  | 'timeout'
  | 'unavailable';

export type EntryState = 'fresh' | 'swr' | 'grace' | 'expired';

/** Where an entry stands at `now`. */
export const classify = (entry: Entry, now: number): EntryState => {
  if (now < entry.freshUntil) return 'fresh';
  if (now < entry.swrUntil) return 'swr';
  return now < entry.graceUntil ? 'grace' : 'expired';
};
