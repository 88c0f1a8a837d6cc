import type { CacheStats } from './stats.ts';

export interface Advice {
  readonly code: 'low-hit-rate' | 'errors' | 'evictions' | 'slow-loads' | 'fenced-fills' | 'size';
  readonly severity: 'info' | 'warn';
  readonly message: string;
}

/** Below this many requests, or loads, a rate says little. */
const ENOUGH = 100;
/** The curve is made of one access in eight, or fewer, and knows nothing of a memory that was never full. */
const ENOUGH_FOR_CURVE = 1_000;
/** Points of the hit rate: what twice the memory has to gain, and what half of it may cost. */
const WORTH = 2;
const CHEAP = 1;

/**
 * What the numbers suggest, each with the number it stands on; empty where nothing does. With `stats.curve` (a
 * miss-ratio curve, see `@keepsake/core/curve`) it says what another size would give.
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
  const { total_requests: requests, sets, errors, evictions, loads, fenced, loadMs, curve } = stats;
  const all: Advice[] = [];
  const say = (isDue: unknown, code: Advice['code'], message: string, severity?: 'warn'): unknown =>
    isDue && all.push({ code, severity: severity ?? 'info', message });
  const isEnough = requests >= ENOUGH;
  const areEnough = loads >= ENOUGH;
  const isCurveKnown = curve && requests >= Math.max(ENOUGH_FOR_CURVE, curve.entries);
  say(
    isEnough && stats.hits / requests < 0.7,
    'low-hit-rate',
    `Hit rate is ${stats.hit_rate} of ${requests} requests: consider a longer TTL, or caching more.`,
  );
  say(errors > 0, 'errors', `${errors} errors: see the log of the store.`, 'warn');
  say(
    // The curve knows whether more memory would help; evictions alone do not.
    isEnough && !isCurveKnown && evictions > sets / 2,
    'evictions',
    `${evictions} of ${sets} stored entries were evicted: raise maxEntries or maxBytes.`,
    'warn',
  );
  say(
    areEnough && loadMs.p99 > 1_000,
    'slow-loads',
    `1 % of the loads take over ${Math.round(loadMs.p99)} ms: consider grace with a soft timeout.`,
  );
  say(
    areEnough && fenced > loads / 10,
    'fenced-fills',
    `${fenced} of ${loads} loads were invalidated under way: use narrower tags.`,
  );
  if (isCurveKnown) {
    // Tenths of a point, so that what is compared is what is said.
    const [half, same, double] = [curve.hitRates.half, curve.hitRates.same, curve.hitRates.double].map(
      (rate) => Math.round(rate * 1_000) / 10,
    ) as [number, number, number];
    const cost = +(same - half).toFixed(1);
    if (+(double - same).toFixed(1) >= WORTH) {
      say(1, 'size', `Twice the memory would raise the hit rate from ${same} % to ${double} %.`);
    } else say(cost < CHEAP, 'size', `Half the memory would cost only ${cost} points of hit rate.`);
  }
  return all;
};
