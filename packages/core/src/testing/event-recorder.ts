import type { Cache } from '../cache.ts';
import type { CacheEvent, CacheEventName } from '../events.ts';
import { assertEqual } from './runner.ts';

/** What a cache has told since the recording began. */
export interface RecordedEvents {
  readonly events: readonly { readonly name: CacheEventName; readonly event: CacheEvent }[];
  /** The names, in the order of the events. */
  names(): CacheEventName[];
  clear(): void;
  stop(): void;
}

/**
 * Records events of a cache, for tests that say what is to happen in which order.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { assertTrace, recordEvents } from '@keepsake/core/testing';
 *
 * const cache = createCache();
 * const recorded = recordEvents(cache, ['entry.hit', 'entry.missed', 'load.started']);
 * await cache.getOrSet('k', () => 1);
 * await cache.get('k');
 * assertTrace(recorded, ['load.started', 'entry.missed', 'entry.hit']);
 * recorded.stop();
 * ```
 */
export const recordEvents = (cache: Pick<Cache, 'on'>, names: readonly CacheEventName[]): RecordedEvents => {
  const events: { name: CacheEventName; event: CacheEvent }[] = [];
  const ends = names.map((name) => cache.on(name, (event: CacheEvent) => events.push({ name, event })));
  return {
    events,
    names: () => events.map(({ name }) => name),
    clear: () => {
      events.length = 0;
    },
    stop: () => {
      for (const end of ends) end();
    },
  };
};

/** Throws unless exactly these events were recorded, in this order. */
export const assertTrace = (recorded: RecordedEvents, expected: readonly CacheEventName[]): void =>
  assertEqual(recorded.names(), expected, 'events');
