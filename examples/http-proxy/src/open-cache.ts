import { type Cache, type CacheBackend, createCache, MemoryBackend } from '@keepsake/core';
import { FaultyBackend } from '@keepsake/core/testing';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import type { Settings } from './settings.ts';

/** The response cache waits half a second for its store: the tiers need not give up before. */
const STORE_S = 0.5;

/** Memory; with REDIS_URL Redis behind it; with L2_DELAY_MS a second tier that answers late. */
export const openCache = ({ redisUrl, l2DelayMs }: Pick<Settings, 'redisUrl' | 'l2DelayMs'>): Cache => {
  if (redisUrl === undefined && l2DelayMs === 0) return createCache();
  const far =
    redisUrl === undefined
      ? new MemoryBackend()
      : new RedisBackend({ url: redisUrl, commandTimeout: STORE_S });
  return createCache({
    l2: l2DelayMs === 0 ? far : late(far, l2DelayMs),
    l2Timeout: STORE_S,
    ...(redisUrl !== undefined && { bus: new RedisBus({ url: redisUrl }) }),
  });
};

const late = (backend: CacheBackend, delayMs: number): CacheBackend =>
  Object.assign(new FaultyBackend(backend, { shared: true }), { delayMs });
