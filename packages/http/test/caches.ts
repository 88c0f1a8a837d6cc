import { randomUUID } from 'node:crypto';
import { type Cache, type CacheOptions, createCache } from '@keepsake/core';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';

/** The machine that runs the tests may be busy: what is slow is not to be a miss here. */
const PATIENCE_S = 5;

/** Each below a prefix of its own: an invalidation of one cache may cost another below the same a fill. */
const overRedis = (options: CacheOptions): Cache => {
  const [url, prefix] = [testRedisUrl(), `http-test-${randomUUID()}:`];
  return createCache({
    l2: new RedisBackend({ url, prefix, commandTimeout: PATIENCE_S }),
    bus: new RedisBus({ url, channel: `${prefix}~bus` }),
    l2Timeout: PATIENCE_S,
    ...options,
  });
};

/** The stores that the table runs over. */
export const STORES: Readonly<Record<string, () => Cache>> = {
  memory: () => createCache(),
  redis: () => overRedis({}),
  // With no memory in front every read is Redis's: what comes back has been through the codec.
  'redis alone': () => overRedis({ l1: false }),
};
