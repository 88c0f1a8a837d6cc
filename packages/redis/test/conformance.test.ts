import { backendSuite } from '@keepsake/core/testing';
import { Redis } from 'ioredis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { describe, it } from 'vitest';
import { makeHarness } from './harness.ts';

backendSuite('redis', () => makeHarness(), { describe, it }, { shared: true, keyTags: true, waits: true });
backendSuite(
  'redis with JSON',
  () => makeHarness({ codec: 'json' }),
  { describe, it },
  { shared: true, keyTags: true, waits: true },
);
backendSuite(
  'redis on a RESP3 client of the caller’s',
  async () => {
    const client = new Redis(testRedisUrl(), {
      protocol: 3,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      socketTimeout: 2_000,
    });
    const harness = await makeHarness({ client });
    return {
      ...harness,
      close: async () => {
        await harness.close();
        await client.quit();
      },
    };
  },
  { describe, it },
  { shared: true, keyTags: true, waits: true },
);
