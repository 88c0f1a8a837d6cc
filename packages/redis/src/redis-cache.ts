import { type Cache, CacheError, type CacheOptions, createCache } from '@keepsake/core';
import { RedisBus } from './bus/redis-bus.ts';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { RedisBackend } from './redis-backend.ts';

/**
 * A cache with memory in front of Redis and a bus: the one-line switch from a single process to many. A read is at
 * most `staleness` (default 0.5 s) behind an acknowledged removal by another process, whatever happens to the
 * messages: memory is served only while the bus is heard. It works, as a memory cache, while Redis is away.
 *
 * @throws CacheError ERR_OPTION for a bad URL (without repeating it), for an option of `RedisBackend`, and for one that
 * is not known.
 *
 * @example
 * ```ts
 * import { createRedisCache } from '@keepsake/redis';
 *
 * const cache = createRedisCache({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', ttl: '10m' });
 * const user = await cache.getOrSet(['user', 7], async () => ({ name: 'Ada' }));
 * console.log(user.name); // 'Ada'
 * await cache.close();
 * ```
 */
export const createRedisCache = (given: { url: string } & Omit<CacheOptions, 'l2'>): Cache => {
  const { url, ...options } = refuseBackendOptions('createRedisCache', given);
  if (url === undefined) throw new CacheError('ERR_OPTION', 'createRedisCache: give `url`');
  const place = { url, ...(options.clock && { clock: options.clock }) };
  const l2 = new RedisBackend(place);
  return createCache({ ...options, l2, bus: options.bus ?? new RedisBus(place) });
};

const WORDS: Words<CacheOptions> = {
  name: true,
  namespace: true,
  l1: true,
  l2: true,
  bus: true,
  onBusLoss: true,
  ttl: true,
  swr: true,
  grace: true,
  sliding: true,
  softTimeout: true,
  hardTimeout: true,
  deadline: true,
  earlyRefresh: true,
  ttlJitter: true,
  negativeTtl: true,
  l2Timeout: true,
  staleness: true,
  maxValueBytes: true,
  maxConcurrentLoads: true,
  isolation: true,
  tracking: true,
  stats: true,
  clock: true,
  logger: true,
};

const OF_THE_BACKEND = ['l2', 'client', 'prefix', 'codec', 'compress', 'encrypt', 'commandTimeout'];

/**
 * Types refuse them in a literal alone. Left out in silence, `encrypt` would leave plain values in Redis.
 *
 * @throws CacheError ERR_OPTION for an option that would go nowhere, for one that is not known, and for no object.
 */
export const refuseBackendOptions = <T>(what: string, given: T): T => {
  if (typeof given !== 'object' || given === null)
    throw new CacheError('ERR_OPTION', `${what}: expected an object of options`);
  const name = OF_THE_BACKEND.find((one) => (given as Record<string, unknown>)[one] !== undefined);
  if (name === undefined) {
    refuseUnknown(what, given, { url: true, ...WORDS });
    return given;
  }
  throw new CacheError(
    'ERR_OPTION',
    `${name}: ${what} does not take it; give it to a RedisBackend: ` +
      'createCache({ l2: new RedisBackend({ ... }), bus: new RedisBus({ ... }) })',
  );
};
