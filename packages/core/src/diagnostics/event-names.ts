/** Every event of a cache, in the order of its life; a cache that does not know one never emits it. */
export const EVENT_NAMES = [
  'entry.hit',
  'entry.missed',
  'entry.stored',
  'entry.deleted',
  'entry.expired',
  'entry.evicted',
  'entry.rejected',
  'load.started',
  'load.finished',
  'load.failed',
  'load.joined',
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
] as const;

export type EventName = (typeof EVENT_NAMES)[number];
