import type { Cache } from '../cache.ts';
import { CacheError } from '../errors.ts';
import type { CacheEventName, EventBase } from '../events.ts';

/** An event whose own fields are looked at by name, for those who treat all events alike. */
export type AnyEvent = EventBase & Readonly<Record<string, unknown>>;

/**
 * Subscribes to several events of a cache with one listener for each; gives the end of all subscriptions.
 *
 * @throws CacheError ERR_OPTION for what cannot be the name of an event.
 */
export const listenToEvents = (
  cache: Pick<Cache, 'on'>,
  names: readonly string[],
  listenerOf: (name: string) => (event: AnyEvent) => void,
): (() => void) => {
  for (const name of names) {
    if (typeof name !== 'string' || !/^[a-z]+\.[a-z-]+$/.test(name)) {
      throw new CacheError('ERR_OPTION', `events: ${JSON.stringify(name)} is no name of an event`);
    }
  }
  const ends = [...new Set(names)].map((name) => {
    const listener = listenerOf(name);
    // A name that this cache does not know is never emitted; the event is looked at by field name only.
    return cache.on(name as CacheEventName, (event) => listener(event as AnyEvent));
  });
  return () => {
    for (const end of ends) end();
  };
};
