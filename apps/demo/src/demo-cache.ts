import { type Cache, createCache, isCacheError } from '@keepsake/core';
import { createCacheFromEnv } from '@keepsake/redis';
import { type Config, ConfigError, isLocal } from './config.ts';
import type { RequestMeter } from './request-meter.ts';

/**
 * The one cache of this process; its reads are counted for the request that
 * makes them. With CACHE=off nobody asks it and its counts stay at zero.
 * @throws ConfigError
 */
export function openDemoCache(config: Config, meter: RequestMeter): Cache {
  const cache = config.cacheEnabled ? cacheFromEnv(config) : createCache();
  cache.on('entry.hit', () => meter.countHit());
  cache.on('entry.missed', () => meter.countMiss());
  tellOutages(cache);
  return cache;
}

function cacheFromEnv(config: Config): Cache {
  try {
    return createCacheFromEnv(config.cacheEnv);
  } catch (error) {
    if (isCacheError(error)) throw new ConfigError(error.message);
    throw error;
  }
}

/** A dead Redis fails every read; the log says so when it begins and when it is over. */
function tellOutages(cache: Cache): void {
  let isDown = false;
  cache.on('backend.failed', ({ error }) => {
    if (isDown) return;
    isDown = true;
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(
      `The cache store does not answer (${reason}). The demo works without it, and uses it once it does.`,
    );
  });
  cache.on('backend.recovered', () => {
    if (isDown) console.log('The cache store answers again.');
    isDown = false;
  });
}

/** Where the cache keeps its values, in words without a password. */
export function describeCache({ cacheEnabled, cacheEnv }: Config): string {
  if (!cacheEnabled) return 'off';
  if (isLocal({ cacheEnv })) return 'memory';
  const url = cacheEnv['REDIS_URL'];
  return `memory and Redis at ${url ? new URL(url).host : `${cacheEnv['REDIS_HOST']}:${cacheEnv['REDIS_PORT'] ?? 6379}`}`;
}
