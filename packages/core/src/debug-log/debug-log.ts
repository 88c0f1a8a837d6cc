import type { Cache } from '../cache.ts';
import { EVENT_NAMES, type EventName } from '../diagnostics/event-names.ts';
import { listenToEvents } from '../diagnostics/listen-to-events.ts';
import { eventLine } from './event-line.ts';

export interface DebugLogOptions {
  /** Gets each line, without a line end. Default: `console.debug`. */
  log?: (line: string) => void;
  /** The events that are logged. Default: all. */
  events?: readonly EventName[];
}

/**
 * Writes one readable line for each event of a cache, for looking at it during development.
 *
 * A line is `<time, UTC> <cache> <what> <key> <outcome> (<details>)`, such as
 * `12:03:44.120 photos get user:7 miss (expired)`. It never holds a value, and names errors by code or class
 * alone. Keys, tags and names are shown up to 100 characters, with control characters escaped and quoted where
 * they hold spaces: a key cannot forge a line. A `log` that throws is told to the cache's `logger`.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { debugLog } from '@keepsake/core/debug-log';
 *
 * const cache = createCache({ name: 'photos' });
 * const stop = debugLog(cache, { log: (line) => console.log(line) });
 * await cache.get('user:7'); // 12:03:44.120 photos get user:7 miss (never-set)
 * stop();
 * ```
 * @returns the end of the log.
 * @throws CacheError ERR_OPTION for what cannot be the name of an event.
 */
export const debugLog = (
  cache: Pick<Cache, 'on'>,
  { log = writeToConsole, events = EVENT_NAMES }: DebugLogOptions = {},
): (() => void) => listenToEvents(cache, events, (name) => (event) => log(eventLine(name, event)));

const writeToConsole = (line: string): void => {
  console.debug(line); // eslint-disable-line no-console -- who calls debugLog without `log` asks for this
};
