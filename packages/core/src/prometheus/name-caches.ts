import type { Cache } from '../cache.ts';
import { CacheError } from '../errors.ts';

/** What metrics need of a cache. */
export type MeasuredCache = Pick<Cache, 'name' | 'on' | 'stats'>;

/** One cache, several by their own names, or several by names given here. */
export type MeasuredCaches =
  MeasuredCache | Iterable<MeasuredCache> | Readonly<Record<string, MeasuredCache>>;

/** Caches by the value of their label; two of one name would be added up unnoticed. */
export const nameCaches = (caches: MeasuredCaches): Map<string, MeasuredCache> => {
  if (isCache(caches)) return new Map([[caches.name, caches]]);
  if (!(Symbol.iterator in caches)) return new Map(Object.entries(caches));
  const named = new Map<string, MeasuredCache>();
  for (const cache of caches) {
    if (named.has(cache.name)) {
      throw new CacheError(
        'ERR_OPTION',
        `cacheMetrics: two caches are named ${JSON.stringify(cache.name)}; give them as { label: cache }`,
      );
    }
    named.set(cache.name, cache);
  }
  return named;
};

const isCache = (caches: MeasuredCaches): caches is MeasuredCache =>
  typeof (caches as Partial<MeasuredCache>).stats === 'function' &&
  typeof (caches as Partial<MeasuredCache>).on === 'function';
