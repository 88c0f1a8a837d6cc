/**
 * The public surface of @keepsake/redis, line by line: it compiles, or the contract is broken.
 *
 * Not there yet, and so not here: RedisBackend options `compress` and `encrypt`, RedisBus, the `keepsake`
 * command, Cluster and Sentinel.
 */
import type { Cache, CacheBackend, Duration } from '@keepsake/core';
import {
  type Codec,
  createCacheFromEnv,
  createRedisCache,
  RedisBackend,
  type RedisBackendOptions,
} from '@keepsake/redis';
import type { Redis } from 'ioredis';
import { expectTypeOf } from 'vitest';

declare const client: Redis;
declare const codec: Codec;

const url = 'redis://127.0.0.1:6379';
const commandTimeout: Duration = '250ms';
const options: RedisBackendOptions[] = [
  { url },
  { client },
  { url, prefix: 'ks:', codec: 'binary', commandTimeout },
  { url, codec: 'json', commandTimeout: 0.25 },
  { url, codec },
];
expectTypeOf(new RedisBackend(options[0] ?? { url })).toExtend<CacheBackend>();
expectTypeOf(
  createRedisCache({ url, ttl: '10m', l1: { maxEntries: 1_000 }, staleness: 0.5 }),
).toEqualTypeOf<Cache>();
expectTypeOf(createCacheFromEnv(process.env)).toEqualTypeOf<Cache>();
