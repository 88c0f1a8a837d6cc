import { CacheError, isCacheError } from '@keepsake/core';
import type { Id } from './id.ts';

/** Failures that a batch tells one by one; beyond them it only counts. */
export const MAX_TOLD_FAILURES = 100;

const DEFAULT_CONCURRENCY = 8;
const MAX_CONCURRENCY = 1_000;

export interface WarmProgress {
  /** Those that are over, whether they went well or not. */
  readonly done: number;
  readonly failed: number;
  /** How many there are in all, where that is known: of an array or a Set. */
  readonly total: number | undefined;
}

export interface WarmOptions {
  /** How many are warmed at a time; 1 to 1,000, default 8. */
  concurrency?: number;
  /** No more are begun once it aborts, and loads under way are given up; the call rejects with its reason. */
  signal?: AbortSignal;
  /** Told after each. What it throws rejects the call, and no more are begun. */
  onProgress?(progress: WarmProgress): void;
}

export interface WarmResult {
  /** Those whose every part was cached or has been loaded. A store that is away keeps nothing of what was loaded. */
  readonly warmed: number;
  /** The first 100 that failed, with the first error of each; `failures` counts all. */
  readonly failed: readonly { readonly id: Id; readonly error: unknown }[];
  readonly failures: number;
}

/**
 * Warms many things, a few at a time. One that fails stops no other. Ids are taken one by one, so that an
 * (async) iterator over a table never has more than `concurrency` of them in memory.
 *
 * @throws CacheError ERR_OPTION for a concurrency that is no whole number from 1 to 1,000, or no ids; ERR_CLOSED.
 */
export const warmEach = async (
  ids: Iterable<Id> | AsyncIterable<Id>,
  warmOne: (id: Id, signal: AbortSignal) => Promise<unknown>,
  { concurrency = DEFAULT_CONCURRENCY, signal, onProgress }: WarmOptions = {},
): Promise<WarmResult> => {
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    throw new CacheError('ERR_OPTION', `concurrency: expected a whole number from 1 to ${MAX_CONCURRENCY}`);
  }
  const next = takeInTurn(ids);
  const total = Array.isArray(ids) ? ids.length : ids instanceof Set ? ids.size : undefined;
  const failed: { id: Id; error: unknown }[] = [];
  const stop = new AbortController();
  const until = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let done = 0;
  let failures = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      until.throwIfAborted();
      const taken = await next();
      if (taken.done === true) return;
      until.throwIfAborted();
      try {
        await warmOne(taken.value, until);
      } catch (error) {
        until.throwIfAborted(); // it failed for being given up
        if (isCacheError(error) && error.code === 'ERR_CLOSED') throw error; // so would all that are left
        failures += 1;
        if (failed.length < MAX_TOLD_FAILURES) failed.push({ id: taken.value, error });
      }
      done += 1;
      onProgress?.({ done, failed: failures, total });
    }
  };
  const workers = Array.from({ length: concurrency }, async () => {
    try {
      await work();
    } catch (error) {
      stop.abort(error); // the others end as well
      throw error;
    }
  });
  const ends = await Promise.allSettled(workers);
  if (ends.some(({ status }) => status === 'rejected')) throw until.reason;
  return { warmed: done - failures, failed, failures };
};

/** One id at a time, whoever asks: an iterator of the user's is never asked twice at once. */
const takeInTurn = (ids: Iterable<Id> | AsyncIterable<Id>): (() => Promise<IteratorResult<Id>>) => {
  const iterator = iteratorOf(ids);
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const taken = last.then(async () => iterator.next());
    last = taken.catch(() => undefined); // told to who asked
    return taken;
  };
};

const iteratorOf = (ids: Iterable<Id> | AsyncIterable<Id>): Iterator<Id> | AsyncIterator<Id> => {
  if (typeof ids === 'object' && ids !== null) {
    if (Symbol.asyncIterator in ids) return ids[Symbol.asyncIterator]();
    if (Symbol.iterator in ids) return ids[Symbol.iterator]();
  }
  throw new CacheError('ERR_OPTION', 'warm: expected a list of ids, or an iterator over them');
};
