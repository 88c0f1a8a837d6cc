import type { Duration } from '@keepsake/core';

/**
 * A lock that is held, for a while. It renews itself at a third of its TTL until it is released or lost;
 * nothing else ends it, so release it: `await using lease = await locks.acquire('job')`.
 *
 * A lease proves less than it seems: a process that was paused between `assertHeld()` and its write may
 * write too late. Send `fence` along, and let the protected store refuse a lower one than it has seen.
 */
export interface Lease {
  /** The lock's name; of several, all of them, sorted and joined by ', '. */
  readonly name: string;
  readonly names: readonly string[];
  /** 128 random bits that stand for this lease at the store. */
  readonly token: string;
  /** Higher than that of every earlier grant of the same names. */
  readonly fence: number;
  /** Aborts when the lease is lost; `reason` is a CacheError ERR_LOCK_LOST whose `cause` says why. Not by a release. */
  readonly signal: AbortSignal;
  /** Milliseconds until the lease ends unless it is renewed; 0 when it is not held. */
  remainingMs(): number;
  /**
   * Returns if the lease is held at this moment. Call it right before what must not happen twice: it also
   * sees what no timer can, such as an event loop that was blocked or a machine that slept.
   *
   * @throws CacheError ERR_LOCK_LOST
   */
  assertHeld(): void;
  /**
   * Asks the store to let the lease last `ttl` from now, which is its TTL from then on. Default: the TTL it has.
   * Rejects ERR_LOCK_LOST when it is not held any more, ERR_UNAVAILABLE when the store cannot be asked.
   */
  extend(ttl?: Duration): Promise<void>;
  /**
   * True: this call freed the lock. False: it had been released before. Renewal ends at once. Rejects
   * ERR_LOCK_LOST when the lease was lost before, ERR_UNAVAILABLE when the store cannot be asked (it is
   * asked again in the background until the TTL has passed).
   */
  release(): Promise<boolean>;
  /** Releases; a loss or an unreachable store does not reject. */
  [Symbol.asyncDispose](): Promise<void>;
}
