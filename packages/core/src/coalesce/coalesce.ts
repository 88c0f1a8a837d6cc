import type { LoadContext } from '../cache.ts';
import { type Clock, systemClock } from '../clock.ts';
import { CacheError } from '../errors.ts';
import { Batch } from './batch.ts';
import { afterThisTurn } from './after-this-turn.ts';
import type { LoadBatch } from './load-batch.ts';

/** The longest that a load may wait for others. */
export const MAX_WAIT_MS = 60_000;

/** What a coalesced loader needs of the context that `getOrSet` gives it. */
export type SingleLoad = Pick<LoadContext<unknown>, 'key' | 'signal'>;

/** A loader for `cache.getOrSet`. `undefined`: the batch had nothing for the key. */
export type CoalescedLoader<V> = (context: SingleLoad) => Promise<V | undefined>;

export interface CoalesceOptions {
  /** Different keys in one call, at most; a full batch leaves at once. Default 1,000. */
  maxBatch?: number;
  /** How long the first load of a batch waits for others, 0 to 60,000. Default 0: until this turn of the event loop ends. */
  waitMs?: number;
  /** Default: that of the process. */
  clock?: Clock;
}

/**
 * A loader for `cache.getOrSet` that puts the single loads of one turn of the event loop into one call of
 * `loadMany`: what DataLoader does, with the cache's rules kept for every single load.
 *
 * Each load keeps its own fence, timeouts, TTL and abort. A load that comes after the call has begun is never
 * answered by it, so it cannot get what an invalidation in between has removed. A batch that rejects, rejects
 * each of its loads with the same error. Two loads of one key in a batch ask once and get the same object. The
 * calls under way at once are bounded by the cache's `maxConcurrentLoads`, which is also the most that a batch
 * can gather from one cache.
 *
 * Keys are those that the cache tells its loaders: without the namespace, segments escaped.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { coalesce } from '@keepsake/core/coalesce';
 *
 * const cache = createCache({ ttl: '10m' });
 * let queries = 0;
 * const loadAlbum = coalesce(async (keys) => {
 *   queries += 1; // SELECT ... WHERE id = ANY($1)
 *   return keys.map((key) => [key, { title: `Title of ${key}` }] as const);
 * });
 * const albums = await Promise.all([1, 2, 3].map((id) => cache.getOrSet(['album', id], loadAlbum)));
 * console.log(queries, albums[2]?.title); // 1 'Title of album:3'
 * ```
 * @throws CacheError ERR_OPTION for options that make no sense; a load rejects ERR_LOADER where `loadMany`
 *   gives no pairs.
 */
export const coalesce = <V>(loadMany: LoadBatch<V>, options: CoalesceOptions = {}): CoalescedLoader<V> => {
  const { maxBatch = 1_000, waitMs = 0, clock = systemClock } = options;
  if (typeof loadMany !== 'function') throw new CacheError('ERR_OPTION', 'coalesce: loadMany is no function');
  if (!Number.isSafeInteger(maxBatch) || maxBatch < 1) {
    throw new CacheError(
      'ERR_OPTION',
      `maxBatch: expected an integer of at least 1, got ${String(maxBatch)}`,
    );
  }
  if (!(waitMs >= 0 && waitMs <= MAX_WAIT_MS)) {
    throw new CacheError('ERR_OPTION', `waitMs: expected 0 to ${MAX_WAIT_MS}, got ${String(waitMs)}`);
  }

  let open: Batch<V> | undefined;
  /** Closes the batch, so that who comes now goes into the next one, and sends it off. */
  const leave = (batch: Batch<V>): void => {
    if (open === batch) open = undefined;
    batch.start(loadMany);
  };
  const openBatch = (): Batch<V> => {
    const batch = new Batch<V>();
    if (waitMs === 0) afterThisTurn(() => leave(batch), clock);
    else clock.setTimer(() => leave(batch), waitMs);
    return batch;
  };

  return async ({ key, signal }) => {
    signal.throwIfAborted();
    const batch = (open ??= openBatch());
    const loaded = batch.add(key, signal);
    if (batch.size >= maxBatch) leave(batch);
    return loaded;
  };
};
