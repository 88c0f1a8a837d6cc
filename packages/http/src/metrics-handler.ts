import type { Cache, CacheStats } from '@keepsake/core';
import { type ReportHandler, report } from './stats-handler.ts';

type Numeric = { [K in keyof CacheStats]-?: CacheStats[K] extends number ? K : never }[keyof CacheStats];

interface Metric {
  readonly field: Numeric;
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
}

const METRICS: readonly Metric[] = [
  { field: 'hits', name: 'keepsake_hits_total', type: 'counter', help: 'Reads answered from the cache.' },
  { field: 'misses', name: 'keepsake_misses_total', type: 'counter', help: 'Reads that found nothing.' },
  { field: 'sets', name: 'keepsake_sets_total', type: 'counter', help: 'Entries stored.' },
  { field: 'deletes', name: 'keepsake_deletes_total', type: 'counter', help: 'Entries deleted.' },
  { field: 'errors', name: 'keepsake_errors_total', type: 'counter', help: 'Failures of a store.' },
  { field: 'loads', name: 'keepsake_loads_total', type: 'counter', help: 'Loaders run.' },
  { field: 'evictions', name: 'keepsake_evictions_total', type: 'counter', help: 'Entries evicted.' },
  { field: 'db_size', name: 'keepsake_keys', type: 'gauge', help: 'Keys in the namespace.' },
  { field: 'bytes', name: 'keepsake_l1_bytes', type: 'gauge', help: 'Estimated bytes in memory.' },
];

/**
 * The figures of a cache in the Prometheus text format, labelled with the cache's name.
 *
 * @throws CacheError ERR_HTTP_OPTION where there is no cache.
 */
export const metricsHandler = (cache: Cache): ReportHandler =>
  report(cache, 'text/plain; version=0.0.4; charset=utf-8', async () => {
    const stats = await cache.stats();
    const label = `{cache="${escapeLabel(cache.name)}"}`;
    const lines = METRICS.flatMap(({ field, name, type, help }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      `${name}${label} ${stats[field]}`,
    ]);
    return `${lines.join('\n')}\n`;
  });

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
