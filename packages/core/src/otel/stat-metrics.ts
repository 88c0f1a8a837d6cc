import type { Attributes, BatchObservableCallback, Meter, Observable } from '@opentelemetry/api';
import type { Cache } from '../cache.ts';
import type { StatSeries } from '../diagnostics/stat-series.ts';
import { METRIC_PREFIX } from './attributes.ts';

/**
 * Observable instruments over `cache.stats()`: asked once per collection, and nothing is done per request.
 * Gives the end of the observation.
 */
export const observeStats = (
  cache: Pick<Cache, 'stats'>,
  meter: Meter,
  attributes: Attributes,
  series: readonly StatSeries[],
): (() => void) => {
  const instruments = series.map((one) => ({ one, instrument: createInstrument(meter, one) }));
  const observables = instruments.map(({ instrument }) => instrument);
  const callback: BatchObservableCallback = async (result) => {
    const stats = await cache.stats();
    for (const { one, instrument } of instruments) {
      for (const { value, labels } of one.read(stats)) {
        result.observe(instrument, value, { ...attributes, ...prefixed(labels) });
      }
    }
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
};

const createInstrument = (meter: Meter, { name, kind, unit, help }: StatSeries): Observable => {
  const full = METRIC_PREFIX + name;
  const options = { unit, description: help };
  switch (kind) {
    case 'counter':
      return meter.createObservableCounter(full, options);
    case 'sum':
      return meter.createObservableUpDownCounter(full, options);
    case 'gauge':
      return meter.createObservableGauge(full, options);
  }
};

const prefixed = (labels: Readonly<Record<string, string>>): Attributes =>
  Object.fromEntries(Object.entries(labels).map(([label, value]) => [METRIC_PREFIX + label, value]));
