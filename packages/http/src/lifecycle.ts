import { type Cache, type Clock, type Duration, systemClock, toMs } from '@keepsake/core';
import { withinDeadline } from './deadline.ts';
import {
  isObject,
  refusal,
  refuseNoCache,
  refuseNoFunction,
  refuseUnknownNames,
  truth,
} from './option-checks.ts';

export interface StartupOptions {
  /** What the connection may take. Default 5 s. */
  timeout?: Duration;
  /** True: rejects where the store cannot be reached or `warm` fails. Default false: the app starts without. */
  required?: boolean;
  /** Fills the cache before the first request. */
  warm?: (cache: Cache) => unknown;
}

export interface StartupOutcome {
  readonly connected: boolean;
  /** Why the cache is not connected, or not warm. */
  readonly error?: unknown;
}

/**
 * Connects a cache and warms it, at the start of an application. Without `required` it never rejects: a
 * cache that cannot be reached is passed by until it can.
 *
 * @throws CacheError ERR_CONNECT, or what `warm` throws, only with `required`; ERR_HTTP_OPTION and ERR_TTL for
 *   arguments that make no sense, always.
 */
export const startupCache = async (cache: Cache, options: StartupOptions = {}): Promise<StartupOutcome> => {
  refuseMisuse('startupCache', cache, options, ['timeout', 'required', 'warm']);
  const { timeout = 5, required = false, warm } = options;
  truth('required', required);
  refuseNoFunction('warm', warm);
  toMs(timeout, 'timeout');
  let connected = false;
  try {
    await cache.connect({ timeout });
    connected = true;
    await warm?.(cache);
    return { connected };
  } catch (error) {
    if (required) throw error;
    return { connected, error };
  }
};

export interface ShutdownOptions {
  /** What is under way may take this long; then the process goes on. Default 2 s. */
  timeout?: Duration;
  /** Time, for tests. */
  clock?: Clock;
}

/**
 * Closes a cache at the end of an application. `closed` is false where it was late or failed.
 *
 * @throws CacheError ERR_HTTP_OPTION or ERR_TTL for arguments that make no sense. Never for a store.
 */
export const shutdownCache = async (
  cache: Cache,
  options: ShutdownOptions = {},
): Promise<{ readonly closed: boolean; readonly error?: unknown }> => {
  refuseMisuse('shutdownCache', cache, options, ['timeout', 'clock']);
  const { timeout = 2, clock = systemClock } = options;
  const timeoutMs = toMs(timeout, 'timeout');
  try {
    const done = await withinDeadline(cache.close(), timeoutMs, clock);
    return { closed: done !== 'late' };
  } catch (error) {
    return { closed: false, error };
  }
};

const refuseMisuse = (what: string, cache: unknown, options: unknown, names: readonly string[]): void => {
  refuseNoCache(cache);
  if (!isObject(options)) throw refusal(what, 'options such as { timeout: 5 }', options);
  refuseUnknownNames(what, options, names);
};
