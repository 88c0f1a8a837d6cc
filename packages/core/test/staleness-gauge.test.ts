import { type CacheOptions, createCache, MemoryBackend } from '@keepsake/core';
import { instrumentCache } from '@keepsake/core/otel';
import { cacheMetrics } from '@keepsake/core/prometheus';
import { memoryBus } from '@keepsake/core/testing';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

const shared = (): CacheOptions => ({ l2: new MemoryBackend() });

const SETTINGS: readonly [string, () => CacheOptions, number][] = [
  ['memory alone', () => ({}), 0],
  ['a shared store, no bus', () => ({ ...shared(), staleness: '2s' }), 2_000],
  ['a bus', () => ({ ...shared(), bus: memoryBus(), staleness: '200ms' }), 200],
  [
    'a bus that L1 is served without',
    () => ({ ...shared(), bus: memoryBus(), onBusLoss: 'serve' }),
    Infinity,
  ],
  ['no bus that could be lost', () => ({ ...shared(), onBusLoss: 'serve' }), 500],
];

describe.each(SETTINGS)('the bound on staleness with %s', (_, options, expectedMs) => {
  it('is in the stats, in Prometheus and in OpenTelemetry', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const register = new Registry();
    const cache = createCache(options());
    try {
      cacheMetrics(cache, { register });
      instrumentCache(cache, { meterProvider, tracerProvider: false });
      expect((await cache.stats()).stalenessMs).toBe(expectedMs);
      const [, text] =
        /^keepsake_cache_staleness_limit_seconds\{.*\} (.*)$/m.exec(await register.metrics()) ?? [];
      expect(text).toBe(expectedMs === Infinity ? '+Inf' : String(expectedMs / 1_000));
      await reader.forceFlush();
      const metrics = exporter
        .getMetrics()
        .flatMap((one) => one.scopeMetrics.flatMap((scope) => scope.metrics));
      const gauge = metrics.find(({ descriptor }) => descriptor.name === 'keepsake.cache.staleness.limit');
      expect(gauge?.dataPoints.map(({ value }) => value)).toEqual([expectedMs / 1_000]);
    } finally {
      await cache.close();
      await meterProvider.shutdown();
    }
  });
});
