import { type Cache, CacheError } from '@keepsake/core';
import type { Counters } from '../counters/counters.ts';
import { checkId } from '../id.ts';
import { photoKey } from './photo-keys.ts';

/** What counts downloads: counters of `createCounters`, by the ids of photos. */
export type DownloadCounters = Pick<Counters, 'increment' | 'get'>;

/**
 * Where no counters are given: numbers in the cache, at `photo:{id}:downloads`, that nothing persists.
 *
 * @throws CacheError ERR_OPTION for what counts nothing.
 */
export const resolveDownloads = (cache: Cache, given: DownloadCounters | undefined): DownloadCounters => {
  if (given === undefined) return inCache(cache);
  const missing = (['increment', 'get'] as const).find((name) => typeof given?.[name] !== 'function');
  if (missing) throw new CacheError('ERR_OPTION', `downloads: '${missing}' is no function`);
  return given;
};

const inCache = (cache: Cache): DownloadCounters => ({
  increment: async (photoId, by = 1, { operation } = {}) => {
    if (operation !== undefined) {
      throw new CacheError('ERR_OPTION', 'operation: needs counters, as the option `downloads`');
    }
    return cache.increment(photoKey(checkId(photoId), 'downloads'), by, { ttl: 'forever' });
  },
  get: async (photoId) => {
    const counted = await cache.get(photoKey(checkId(photoId), 'downloads'));
    return typeof counted === 'number' ? counted : 0;
  },
});
