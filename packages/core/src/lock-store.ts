import type { MaybePromise } from './backend.ts';

/**
 * Granted, with a fencing number above that of every earlier grant of each name; or held by others, for at
 * most `heldForMs` more unless they renew.
 */
export type LockGrant =
  | { readonly granted: true; readonly fence: number }
  | { readonly granted: false; readonly heldForMs: number };

/** What a store that keeps lines is told beyond a plain acquire. */
export interface LineRequest {
  /** How many tokens may hold each name together, this one included. 1: it alone; Infinity: no limit. */
  readonly holders: number;
  /** Where it is refused it takes, or keeps, a place in the line of each name, which lasts this long. 0: none. */
  readonly placeMs: number;
}

/** Who was called and does not come within it loses its place: a process that is stopped must not hold up the line. */
export const CLAIM_MS = 1_000;

/** The most places in the line of a name; who finds none asks again by time. */
export const MAX_PLACES = 10_000;

/**
 * Where locks live. `token` is 128 random bits of the one who asks; each call compares it in one atomic
 * step. Names come checked, sorted and without repeats. Each method is an obligation:
 *
 * - At most one token holds a name at a time, until its TTL, by the store's own clock, has passed.
 * - A failure rejects (or throws) with CacheError ERR_UNAVAILABLE or ERR_TIMEOUT, and then the outcome is
 *   unknown: the caller sends a release. Calls of one process take effect in the order they were made.
 * - Nothing hangs: every promise settles within the store's own deadline, a dead or frozen server included.
 *
 * `lockStoreSuite` of `@keepsake/locks/testing` checks them.
 */
export interface LockStore {
  readonly name: string;
  /** All names or none. Idempotent for the same token, which keeps its fence and starts the TTL anew. */
  acquire(names: readonly string[], token: string, ttlMs: number): MaybePromise<LockGrant>;
  /**
   * Where all names are still held by the token, they last `ttlMs` from now; otherwise nothing changes.
   * `absent`: nobody holds at least one of them (it lapsed, or was removed). `other`: somebody else does.
   */
  extend(
    names: readonly string[],
    token: string,
    ttlMs: number,
  ): MaybePromise<'extended' | 'absent' | 'other'>;
  /** True where at least one was held by the token; only those are freed. Wakes who waits. */
  release(names: readonly string[], token: string): MaybePromise<boolean>;
  /**
   * Calls `listener` when a name may be free, from when it resolves until the returned function is called.
   * A wake-up may be lost or come for nothing: the caller asks again, and keeps a timer too.
   */
  onRelease(names: readonly string[], listener: () => void): MaybePromise<() => void>;
  /**
   * Optional, both or neither: without them there are no fair locks, read-write locks and semaphores, and every
   * release wakes one waiter of each process.
   *
   * As `acquire`, for names that others may hold too; `extend` and `release` then go for the token as ever.
   * Lines are in the order of the first refusal. Nobody is granted what somebody before it in the line of the
   * name could be granted (`acquire` counts as coming last); who waits for several names holds nobody up while
   * another of them is held. A place ends by its grant, by `release`, after `placeMs`, and `CLAIM_MS` after a call
   * that was not followed by a question.
   */
  acquireInLine?(
    names: readonly string[],
    token: string,
    ttlMs: number,
    request: LineRequest,
  ): MaybePromise<LockGrant>;
  /**
   * Calls `listener(0)` when the turn of the token has come, and `listener(ms)` where it comes unless somebody
   * before it asks within `ms`. Subscribe, then ask: a place taken before may not be called. Calls may be lost,
   * as with `onRelease`.
   */
  onTurn?(token: string, listener: (inMs: number) => void): MaybePromise<() => void>;
  /** Frees what it holds in this process, not the locks. Idempotent; later calls reject ERR_CLOSED. */
  close(): MaybePromise<void>;
}
