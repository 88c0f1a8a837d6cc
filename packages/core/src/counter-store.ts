import type { MaybePromise } from './maybe-promise.ts';

/** What the sink has of a counter: its total, and the number of the last batch that is in it (0: none). */
export interface CounterOrigin {
  readonly id: string;
  readonly total: number;
  readonly number: number;
}

/** A part of a counter on its way to the sink. Its number is higher than that of every earlier batch of the counter. */
export interface CounterBatch {
  readonly id: string;
  readonly number: number;
  readonly amount: number;
}

/** A batch that is in the sink for certain, and the total that the sink has had since; without it the sum is taken. */
export interface SettledBatch {
  readonly id: string;
  readonly number: number;
  readonly total?: number | undefined;
}

/** When a counter is due: once `every` are pending, or `afterMs` after the first of them. */
export interface FlushRule {
  readonly every: number;
  readonly afterMs: number;
}

/** A counter after an increment: what is shown, and whether a batch may be taken of it at once. */
export interface CounterState {
  readonly total: number;
  readonly isDue: boolean;
}

export interface TakeOptions {
  /** At most so many batches. */
  readonly limit: number;
  /** After so long they are handed out again, with the same numbers and amounts, to whoever takes then. */
  readonly leaseMs: number;
  /** Takes what is pending though it is not due yet. */
  readonly isForced: boolean;
}

/**
 * Where write-behind counters live. A counter is a base (what the sink has), what is pending, and at most one
 * batch in flight; its total is the sum of the three, read in one atomic step. Each method is an obligation:
 *
 * - Each change is atomic. `add` alone raises a total, but that `settle` lifts it to what the sink says where that is
 *   more; nothing lowers it.
 * - A batch is handed out, unchanged, until it is settled; the next one of its counter is made only then.
 * - What is pending or in flight is kept. A counter with neither may be forgotten after a while, never while it is
 *   in use.
 * - A failure rejects (or throws) with CacheError ERR_UNAVAILABLE or ERR_TIMEOUT, and every promise settles within
 *   the store's own deadline. The outcome of an `add` is unknown then; all others may be repeated.
 */
export interface CounterStore {
  readonly name: string;
  /** Totals in the order of the ids; undefined for a counter that is not known here. */
  read(ids: readonly string[]): MaybePromise<readonly (number | undefined)[]>;
  /** Makes those counters known that are not, while there is room; the totals of all, in their order. */
  seed(origins: readonly CounterOrigin[]): MaybePromise<readonly number[]>;
  /**
   * Adds to what is pending; undefined, and nothing added, for a counter that is not known. With `operation`, a name
   * that only this addition has, it is counted once however often it is asked for in the next ten minutes.
   * Rejects ERR_COUNTER where the total would pass 2^53-1.
   */
  add(
    id: string,
    by: number,
    rule: FlushRule,
    operation: string | undefined,
  ): MaybePromise<CounterState | undefined>;
  /** Batches whose lease has ended, then new ones of counters that are due, the longest waiting first. */
  take(options: TakeOptions): MaybePromise<readonly CounterBatch[]>;
  /** Puts batches into the base of their counters. One that is no longer in flight, or is settled already, is passed over. */
  settle(batches: readonly SettledBatch[], rule: FlushRule): MaybePromise<void>;
  /** Frees what it holds in this process. Idempotent; later calls reject ERR_CLOSED. */
  close(): MaybePromise<void>;
}
