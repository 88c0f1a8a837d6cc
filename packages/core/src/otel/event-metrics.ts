import type { Attributes, Meter } from '@opentelemetry/api';
import type { Cache } from '../cache.ts';
import { boundedErrorType } from '../diagnostics/error-type.ts';
import { listenToEvents } from '../diagnostics/listen-to-events.ts';
import { LOAD_BUCKETS_S } from '../diagnostics/load-buckets.ts';
import { detailOf, NOTABLE_EVENTS } from '../diagnostics/notable-events.ts';
import { ATTRIBUTE, METRIC_PREFIX } from './attributes.ts';

/** What stats cannot tell: how long each load took, why reads missed, and each notable event. Gives the end. */
export const measureEvents = (
  cache: Pick<Cache, 'on'>,
  meter: Meter,
  attributes: Attributes,
): (() => void) => {
  const typeOf = boundedErrorType();
  const loads = meter.createHistogram(`${METRIC_PREFIX}load.duration`, {
    unit: 's',
    description: 'How long loaders took; with error.type where they failed.',
    advice: { explicitBucketBoundaries: [...LOAD_BUCKETS_S] },
  });
  const misses = meter.createCounter(`${METRIC_PREFIX}misses`, {
    unit: '{request}',
    description: 'Reads that missed, by reason.',
  });
  const events = meter.createCounter(`${METRIC_PREFIX}events`, {
    unit: '{event}',
    description: 'Events that are rare in a healthy cache.',
  });
  const ends = [
    cache.on('load.finished', ({ durationMs }) => loads.record(durationMs / 1_000, attributes)),
    cache.on('load.failed', ({ durationMs, error }) =>
      loads.record(durationMs / 1_000, { ...attributes, [ATTRIBUTE.errorType]: typeOf(error) }),
    ),
    cache.on('entry.missed', ({ reason }) => misses.add(1, { ...attributes, [ATTRIBUTE.reason]: reason })),
    listenToEvents(cache, NOTABLE_EVENTS, (name) => (event) => {
      const reason = detailOf(event);
      events.add(1, {
        ...attributes,
        [ATTRIBUTE.event]: name,
        ...(event.tier !== undefined && { [ATTRIBUTE.tier]: event.tier }),
        ...(reason !== undefined && { [ATTRIBUTE.reason]: reason }),
        ...('error' in event && { [ATTRIBUTE.errorType]: typeOf(event['error']) }),
      });
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
};
