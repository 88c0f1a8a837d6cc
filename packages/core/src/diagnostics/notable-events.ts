import type { AnyEvent } from './listen-to-events.ts';

/** Events that are rare in a healthy cache and counted one by one in metrics. */
export const NOTABLE_EVENTS: readonly string[] = [
  'entry.rejected',
  'load.fenced',
  'load.timed-out',
  'tag.invalidated',
  'invalidation.deferred',
  'invalidation.replayed',
  'backend.failed',
  'backend.recovered',
  'breaker.changed',
  'bus.up',
  'bus.down',
];

/** What tells two events of one name apart, where it is one of a few fixed words. */
export const detailOf = ({ reason, kind, state, operation }: AnyEvent): string | undefined => {
  const detail = reason ?? kind ?? state ?? operation;
  return typeof detail === 'string' ? detail : undefined;
};
