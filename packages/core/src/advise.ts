import type { CacheStats } from './stats.ts';

export interface Advice {
  readonly code: 'low-hit-rate' | 'errors' | 'evictions' | 'slow-loads' | 'fenced-fills';
  readonly severity: 'info' | 'warn';
  readonly message: string;
}

/** Below this many requests a rate says little. */
const ENOUGH_REQUESTS = 100;
const LOW_HIT_RATE = 0.7;

/**
 * What the numbers suggest, each with the number it stands on; empty where nothing does.
 *
 * @example
 * ```ts
 * import { advise, createCache } from '@keepsake/core';
 *
 * const cache = createCache();
 * console.log(advise(await cache.stats())); // []
 * ```
 */
export const advise = (stats: CacheStats): Advice[] => {
  const enough = stats.total_requests >= ENOUGH_REQUESTS;
  const advice: (Advice | false)[] = [
    enough &&
      stats.hits / stats.total_requests < LOW_HIT_RATE && {
        code: 'low-hit-rate',
        severity: 'info',
        message: `Hit rate is ${stats.hit_rate} of ${stats.total_requests} requests, below 70 %: consider a longer TTL, or caching more.`,
      },
    stats.errors > 0 && {
      code: 'errors',
      severity: 'warn',
      message: `${stats.errors} errors: check the connection to the store, and its log.`,
    },
    enough &&
      stats.evictions > stats.sets / 2 && {
        code: 'evictions',
        severity: 'warn',
        message: `${stats.evictions} of ${stats.sets} stored entries were evicted before they expired: raise maxEntries or maxBytes, or shorten the TTL.`,
      },
    stats.loads >= ENOUGH_REQUESTS &&
      stats.loadMs.p99 > 1_000 && {
        code: 'slow-loads',
        severity: 'info',
        message: `1 % of the loads take over ${Math.round(stats.loadMs.p99)} ms: consider grace with a soft timeout.`,
      },
    stats.loads >= ENOUGH_REQUESTS &&
      stats.fenced > stats.loads / 10 && {
        code: 'fenced-fills',
        severity: 'info',
        message: `${stats.fenced} of ${stats.loads} loads were invalidated while under way: invalidate less, or by narrower tags.`,
      },
  ];
  return advice.filter((one): one is Advice => one !== false);
};
