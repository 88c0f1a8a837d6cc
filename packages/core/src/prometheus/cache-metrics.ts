import { register as globalRegister } from 'prom-client';
import { FAMILY_SERIES, STAT_SERIES } from '../diagnostics/stat-series.ts';
import { CacheError } from '../errors.ts';
import { EVENT_METRICS, measureEvents } from './event-metrics.ts';
import type { MetricRegister } from './metric-register.ts';
import { type MeasuredCaches, nameCaches } from './name-caches.ts';
import { metricName, registerStats } from './stat-metrics.ts';

export interface MetricsOptions {
  /** Where the metrics are registered. Default: prom-client's global register. */
  register?: MetricRegister;
  /** What every name begins with. Default `keepsake_cache_`. */
  prefix?: string;
  /** Hits and misses by the first segment of the key (100 at most). Default false: it may be private. */
  families?: boolean;
}

/**
 * Prometheus metrics of one or several caches, on `prom-client` (a peer to install).
 *
 * Every series has the label `cache`: the cache's name, or the one given in `{ label: cache }`. Read from
 * `cache.stats()` at each scrape, once per cache: the counters `requests_total` (by `outcome`: hit, stale,
 * negative, miss), `tier_hits_total`, `sets_total`, `deletes_total`, `evictions_total`, `errors_total`,
 * `loads_total`, `loads_joined_total`, `loads_fenced_total`, and the gauges `entries`, `memory_usage_bytes`,
 * `staleness_limit_seconds`. Fed by events: the histogram `load_duration_seconds` (by `outcome`: success, failure),
 * `misses_total` (by `reason`) and `events_total` (by `event`, `tier`, `reason`: what is rare in a healthy
 * cache). Keys and values are never in them. The names follow
 * those of `/otel`.
 *
 * A namespace's numbers are in its parent's, too: do not add them up.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { cacheMetrics } from '@keepsake/core/prometheus';
 * import { Registry } from 'prom-client';
 *
 * const photos = createCache({ name: 'photos' });
 * const register = new Registry();
 * const stop = cacheMetrics({ photos, thumbs: photos.namespace('thumbs') }, { register });
 * await photos.get('album:7');
 * console.log(await register.metrics()); // keepsake_cache_requests_total{cache="photos",outcome="miss"} 1 ...
 * stop();
 * ```
 * @returns the end: the metrics are taken out of the register.
 * @throws CacheError ERR_OPTION for two caches of one name, a bad prefix, or metrics that are registered already.
 */
export const cacheMetrics = (caches: MeasuredCaches, options: MetricsOptions = {}): (() => void) => {
  const { register = globalRegister, prefix = 'keepsake_cache_', families = false } = options;
  if (!/^([a-zA-Z_:][\w:]*)?$/.test(prefix)) {
    throw new CacheError('ERR_OPTION', `prefix: ${JSON.stringify(prefix)} cannot begin the name of a metric`);
  }
  const named = nameCaches(caches);
  const series = families ? [...STAT_SERIES, FAMILY_SERIES] : STAT_SERIES;
  const names = [
    ...series.map((one) => metricName(prefix, one)),
    ...EVENT_METRICS.map((name) => prefix + name),
  ];
  const taken = names.find((name) => register.getSingleMetric(name) !== undefined);
  if (taken !== undefined) {
    throw new CacheError(
      'ERR_OPTION',
      `cacheMetrics: ${taken} is registered already; give all caches in one call, or another prefix or register`,
    );
  }
  registerStats(named, series, prefix, register);
  const stopEvents = measureEvents(named, prefix, register);
  return () => {
    stopEvents();
    for (const name of names) register.removeSingleMetric(name);
  };
};
