import { type Attributes, type MeterProvider, metrics, trace, type TracerProvider } from '@opentelemetry/api';
import type { Cache } from '../cache.ts';
import { FAMILY_SERIES, STAT_SERIES } from '../diagnostics/stat-series.ts';
import { ATTRIBUTE } from './attributes.ts';
import { measureEvents } from './event-metrics.ts';
import { LoadSpans } from './load-spans.ts';
import { observeStats } from './stat-metrics.ts';

/** The instrumentation scope of all metrics and spans. */
export const SCOPE = '@keepsake/core';

export interface InstrumentOptions {
  /** Default: the global one at the time of the call, so set the SDK up first. `false`: no metrics. */
  meterProvider?: MeterProvider | false;
  /** Default: the global one. `false`: no spans. */
  tracerProvider?: TracerProvider | false;
  /** Added to every metric and span. Keep them few and fixed. */
  attributes?: Attributes;
  /** Puts keys on the spans of loads, as they are or as the function says. Default: never. Metrics never have keys. */
  keys?: boolean | ((key: string) => string | undefined);
  /** Hits and misses by the first segment of the key (100 at most). Default false: it may be private. */
  families?: boolean;
}

/**
 * OpenTelemetry metrics and spans of one cache. Needs the peer `@opentelemetry/api`.
 *
 * Metrics, all with `keepsake.cache.name`: from `cache.stats()`, asked once per collection, the counters
 * `keepsake.cache.requests` (by `keepsake.cache.outcome`: hit, stale, negative, miss), `tier.hits` (by tier), `sets`,
 * `deletes`, `evictions`, `errors`, `loads`, `loads.joined`, `loads.fenced`, and `entries`, `memory.usage` (By),
 * `staleness.limit` (s); from events the histogram `load.duration` (s, with `error.type` where it failed), `misses`
 * (by reason) and `events` (by name: what is rare in a healthy cache). Durations are seconds. A cache made with
 * `stats: false` has zeros in the first group.
 *
 * Each load is a span `load <name>`, child of the span that is active where `getOrSet` was called, with
 * `keepsake.cache.namespace`, and with `error.type` where it failed. Error messages are not recorded, for they
 * may hold values. The loader's own spans are siblings of it, not children.
 *
 * Give a namespace that is instrumented beside its parent a `name` of its own: its numbers are in its parent's, too.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { instrumentCache } from '@keepsake/core/otel';
 *
 * const cache = createCache({ name: 'photos' });
 * const stop = instrumentCache(cache, { attributes: { 'app.role': 'api' } });
 * await cache.getOrSet('album:7', async () => ({ title: 'Summer' }));
 * stop();
 * ```
 * @returns the end of the instrumentation; a load under way then ends its span without an outcome.
 */
export const instrumentCache = (
  cache: Pick<Cache, 'name' | 'on' | 'stats'>,
  options: InstrumentOptions = {},
): (() => void) => {
  const { meterProvider = metrics.getMeterProvider(), tracerProvider = trace.getTracerProvider() } = options;
  const { attributes: own, keys = false, families = false } = options;
  const attributes: Attributes = Object.freeze({ ...own, [ATTRIBUTE.cache]: cache.name });
  const ends: (() => void)[] = [];
  if (meterProvider !== false) {
    const meter = meterProvider.getMeter(SCOPE);
    const series = families ? [...STAT_SERIES, FAMILY_SERIES] : STAT_SERIES;
    ends.push(observeStats(cache, meter, attributes, series), measureEvents(cache, meter, attributes));
  }
  if (tracerProvider !== false) {
    const spans = new LoadSpans(cache, tracerProvider.getTracer(SCOPE), ({ namespace, key }) => {
      const shown = key === undefined || keys === false ? undefined : keys === true ? key : keys(key);
      return {
        ...attributes,
        ...(namespace !== '' && { [ATTRIBUTE.namespace]: namespace }),
        ...(shown !== undefined && { [ATTRIBUTE.key]: shown }),
      };
    });
    ends.push(() => spans.end());
  }
  return () => {
    for (const end of ends.splice(0)) end();
  };
};
