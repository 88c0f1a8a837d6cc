import { Counter, Gauge } from 'prom-client';
import type { Point, StatSeries } from '../diagnostics/stat-series.ts';
import type { CacheStats } from '../stats.ts';
import type { MetricRegister } from './metric-register.ts';
import type { MeasuredCache } from './name-caches.ts';

/** Endings that Prometheus wants in a name instead of a unit beside it. */
const UNIT_SUFFIX: Readonly<Record<string, string>> = { By: '_bytes', s: '_seconds' };

/** `loads.joined` and the like as Prometheus names it: unit, then `_total`. */
export const metricName = (
  prefix: string,
  { name, kind, unit }: Pick<StatSeries, 'name' | 'kind' | 'unit'>,
): string =>
  `${prefix}${name.replaceAll('.', '_')}${UNIT_SUFFIX[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`;

/** Registers metrics that are read from `stats()` whenever they are scraped. */
export const registerStats = (
  caches: ReadonlyMap<string, MeasuredCache>,
  series: readonly StatSeries[],
  prefix: string,
  register: MetricRegister,
): void => {
  const ask = shareAnswer(() => askAll(caches));
  const pointsOf = async (one: StatSeries): Promise<Point[]> =>
    (await ask()).flatMap(([cache, stats]) =>
      one.read(stats).map(({ labels, value }) => ({ labels: { cache, ...labels }, value })),
    );
  for (const one of series) {
    const config = {
      name: metricName(prefix, one),
      help: one.help,
      labelNames: ['cache', ...one.labels],
      registers: [register],
    };
    // Nothing is awaited between reset and the last value: a second scrape never sees half of them.
    if (one.kind === 'counter') {
      new Counter({
        ...config,
        async collect() {
          const points = await pointsOf(one);
          this.reset();
          for (const { labels, value } of points) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...config,
        // Of a shared store every worker of a cluster says the same.
        aggregator: one.kind === 'sum' ? 'sum' : 'max',
        async collect() {
          const points = await pointsOf(one);
          this.reset();
          for (const { labels, value } of points) this.set(labels, value);
        },
      });
    }
  }
};

const askAll = (caches: ReadonlyMap<string, MeasuredCache>): Promise<(readonly [string, CacheStats])[]> =>
  Promise.all([...caches].map(async ([label, cache]) => [label, await cache.stats()] as const));

/** The metrics of one scrape ask at the same time: they share one answer, and the next scrape gets its own. */
const shareAnswer = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let underWay: Promise<T> | undefined;
  return () =>
    (underWay ??= ask().finally(() => {
      underWay = undefined;
    }));
};
