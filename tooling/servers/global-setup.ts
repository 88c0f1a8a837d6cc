import type { TestProject } from 'vitest/node';
import { startRedis } from './redis-server.ts';
import { TEST_REDIS_URL_VARIABLE } from './test-redis.ts';

/** One server for the whole run; tests read its URL with `testRedisUrl()` or `inject('redisUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startRedis();
  process.env[TEST_REDIS_URL_VARIABLE] = server.url;
  project.provide('redisUrl', server.url);
  return () => server.stop();
}
