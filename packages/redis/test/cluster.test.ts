import { backendSuite } from '@keepsake/core/testing';
import { type RedisCluster, startRedisCluster } from '@keepsake/tooling/servers';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { makeHarness } from './harness.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
}, 60_000);
afterAll(() => cluster.stop());

backendSuite(
  'redis cluster',
  () => makeHarness({ url: cluster.url }),
  { describe, it },
  { shared: true, keyTags: false },
);
