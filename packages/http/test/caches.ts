import { randomUUID } from 'node:crypto';
import { type Cache, createCache } from '@keepsake/core';
import { createRedisCache } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';

/** The stores that the table runs over. */
export const STORES: Readonly<Record<string, () => Cache>> = {
  memory: () => createCache(),
  redis: () => createRedisCache({ url: testRedisUrl(), namespace: `http-test-${randomUUID()}` }),
  // With no memory in front every read is Redis's: what comes back has been through the codec.
  'redis alone': () =>
    createRedisCache({ url: testRedisUrl(), namespace: `http-test-${randomUUID()}`, l1: false }),
};
