import { Counter, Histogram } from 'prom-client';
import { listenToEvents } from '../diagnostics/listen-to-events.ts';
import { LOAD_BUCKETS_S } from '../diagnostics/load-buckets.ts';
import { detailOf, NOTABLE_EVENTS } from '../diagnostics/notable-events.ts';
import type { MetricRegister } from './metric-register.ts';
import type { MeasuredCache } from './name-caches.ts';

/** The metrics that are fed by events, below the prefix. */
export const EVENT_METRICS: readonly string[] = ['load_duration_seconds', 'misses_total', 'events_total'];

/** What stats cannot tell: how long each load took, why reads missed, and each notable event. Gives the end. */
export const measureEvents = (
  caches: ReadonlyMap<string, MeasuredCache>,
  prefix: string,
  register: MetricRegister,
): (() => void) => {
  const registers = [register];
  const loads = new Histogram({
    name: `${prefix}load_duration_seconds`,
    help: 'How long loaders took, by whether they gave a value (success) or not (failure).',
    labelNames: ['cache', 'outcome'],
    buckets: [...LOAD_BUCKETS_S],
    registers,
  });
  const misses = new Counter({
    name: `${prefix}misses_total`,
    help: 'Reads that missed, by reason.',
    labelNames: ['cache', 'reason'],
    registers,
  });
  const events = new Counter({
    name: `${prefix}events_total`,
    help: 'Events that are rare in a healthy cache.',
    labelNames: ['cache', 'event', 'tier', 'reason'],
    registers,
  });
  const ends = [...caches].flatMap(([label, cache]) => {
    // A series that is there before its first event lets rates see that event.
    for (const outcome of ['success', 'failure']) loads.zero({ cache: label, outcome });
    return [
      cache.on('load.finished', ({ durationMs }) =>
        loads.observe({ cache: label, outcome: 'success' }, durationMs / 1_000),
      ),
      cache.on('load.failed', ({ durationMs }) =>
        loads.observe({ cache: label, outcome: 'failure' }, durationMs / 1_000),
      ),
      cache.on('entry.missed', ({ reason }) => misses.inc({ cache: label, reason })),
      listenToEvents(cache, NOTABLE_EVENTS, (name) => (event) => {
        const { tier } = event;
        const reason = detailOf(event);
        events.inc({
          cache: label,
          event: name,
          ...(tier !== undefined && { tier }),
          ...(reason !== undefined && { reason }),
        });
      }),
    ];
  });
  return () => {
    for (const end of ends) end();
  };
};
