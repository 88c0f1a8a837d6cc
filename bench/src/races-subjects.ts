/** One process's cache, memory in front of Redis with a bus, in Keepsake and two rivals; defaults but for the TTL. */
import { createRedisCache } from '@keepsake/redis';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { Loader } from 'layered-loader/core';
import { createNotificationPair, RedisCache } from 'layered-loader/redis';

const TTL_MS = 60_000;

export type Load = () => Promise<unknown>;

export interface Node {
  getOrSet(key: string, load: Load): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  /** Ends all that was loaded with the tag, which is what each key is loaded with. */
  invalidateTag?: (tag: string) => Promise<unknown>;
}

/** The tag that a key is loaded with. */
export const tagOf = (key: string): string => `tag-${key}`;

/** The races judge by the answers: that a connection was lost is no news. */
const clientOf = (url: string): Redis => new Redis(url).on('error', () => undefined);

const keepsake = async (url: string): Promise<Node> => {
  const cache = createRedisCache({ url, ttl: TTL_MS / 1_000 });
  await cache.connect({ timeout: '5s' });
  return {
    getOrSet: (key, load) => cache.getOrSet(key, load, { tags: [tagOf(key)] }),
    delete: (key) => cache.delete(key),
    set: (key, value) => cache.set(key, value),
    invalidateTag: (tag) => cache.invalidateTags([tag]),
  };
};

const bentocache = async (url: string): Promise<Node> => {
  const tiers = bentostore()
    .useL1Layer(memoryDriver({}))
    .useL2Layer(redisDriver({ connection: clientOf(url) }))
    .useBus(redisBusDriver({ connection: clientOf(url) }));
  const cache = new BentoCache({ default: 'tiers', stores: { tiers }, ttl: TTL_MS });
  return Promise.resolve({
    getOrSet: (key, load) => cache.getOrSet({ key, factory: load, tags: [tagOf(key)] }),
    delete: (key) => cache.delete({ key }),
    set: (key, value) => cache.set({ key, value }),
    invalidateTag: (tag) => cache.deleteByTag({ tags: [tag] }),
  });
};

const layeredLoader = async (url: string): Promise<Node> => {
  const loads = new Map<string, Load>();
  const { publisher, consumer } = createNotificationPair<unknown>({
    channel: 'races',
    consumerRedis: clientOf(url),
    publisherRedis: clientOf(url),
  });
  const loader = new Loader<unknown>({
    inMemoryCache: { ttlInMsecs: TTL_MS },
    asyncCache: new RedisCache<unknown>(clientOf(url), { json: true, prefix: 'races', ttlInMsecs: TTL_MS }),
    notificationConsumer: consumer,
    notificationPublisher: publisher,
    dataSourceGetOneFn: (key) => loads.get(key)?.() ?? Promise.resolve(undefined),
  });
  await loader.init();
  return {
    getOrSet: (key, load) => {
      loads.set(key, load);
      return loader.get(key);
    },
    delete: (key) => loader.invalidateCacheFor(key),
    set: (key, value) => loader.forceSetValue(key, value),
  };
};

/** By the name and version that are shown; the first is Keepsake. */
export const SUBJECTS: Readonly<Record<string, (url: string) => Promise<Node>>> = {
  keepsake,
  'bentocache 1.6.1': bentocache,
  'layered-loader 16.1': layeredLoader,
};
