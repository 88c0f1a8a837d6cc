import { type Cache, type Clock, type Duration, systemClock, toMs } from '@keepsake/core';
import { withinDeadline } from './deadline.ts';

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
 * @throws CacheError ERR_CONNECT, or what `warm` throws, only with `required`.
 */
export const startupCache = async (cache: Cache, options: StartupOptions = {}): Promise<StartupOutcome> => {
  const { timeout = 5, required = false, warm } = options;
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

/** Closes a cache at the end of an application. Never rejects; `closed` is false where it was late or failed. */
export const shutdownCache = async (
  cache: Cache,
  { timeout = 2, clock = systemClock }: ShutdownOptions = {},
): Promise<{ readonly closed: boolean; readonly error?: unknown }> => {
  try {
    const done = await withinDeadline(cache.close(), toMs(timeout, 'timeout'), clock);
    return { closed: done !== 'late' };
  } catch (error) {
    return { closed: false, error };
  }
};
