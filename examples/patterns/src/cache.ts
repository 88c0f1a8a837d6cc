import type { Cache } from '@keepsake/core';
import { createCacheFromEnv } from '@keepsake/redis';

/** ENVIRONMENT=development: memory. REDIS_URL: memory, Redis behind it, and a bus to the other processes. */
export const openCache = async (namespace: string): Promise<Cache> => {
  const cache = createCacheFromEnv(process.env, { namespace });
  await cache.clear(); // a new start for the example
  return cache;
};
