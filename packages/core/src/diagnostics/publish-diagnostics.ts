import { channel } from 'node:diagnostics_channel';
import type { Cache } from '../cache.ts';
import { EVENT_NAMES, type EventName } from './event-names.ts';
import { listenToEvents } from './listen-to-events.ts';

export interface DiagnosticsOptions {
  /** The events that are published. Default: all. */
  events?: readonly EventName[];
}

/**
 * Publishes the events of a cache on the `node:diagnostics_channel` channels `keepsake:<event name>`, such as
 * `keepsake:entry.missed`: an APM agent or a test sees every cache of the process there without knowing one.
 *
 * The message is the event itself (`{ cache, namespace, key?, tier?, atMs, ... }`), never a value; it is shared by
 * all subscribers, who must not change it. Subscribers are called at once, within the call to the cache; one
 * that throws is an uncaught exception of the process, as Node has it, and the cache goes on.
 *
 * A channel without subscribers is not published on, but the cache builds the event: about 0.3 µs, which only a hit
 * in memory notices. Leave `entry.hit` out of `events` where nobody looks at it. Two calls for one cache, or one
 * for a cache and one for its namespace, publish an event twice.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import { createCache } from '@keepsake/core';
 * import { publishDiagnostics } from '@keepsake/core/diagnostics';
 *
 * const cache = createCache({ name: 'photos' });
 * subscribe('keepsake:entry.missed', (event) => console.log(event)); // { cache: 'photos', key: 'user:7', ... }
 * const stop = publishDiagnostics(cache);
 * await cache.get('user:7');
 * stop();
 * ```
 * @returns the end of the publication.
 * @throws CacheError ERR_OPTION for what cannot be the name of an event.
 */
export const publishDiagnostics = (
  cache: Pick<Cache, 'on'>,
  { events = EVENT_NAMES }: DiagnosticsOptions = {},
): (() => void) =>
  listenToEvents(cache, events, (name) => {
    // Held here for good: Node forgets a channel that nothing refers to.
    const target = channel(`keepsake:${name}`);
    return (event) => {
      if (target.hasSubscribers) target.publish(event);
    };
  });
