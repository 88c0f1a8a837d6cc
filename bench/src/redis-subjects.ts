/** Keepsake and its rivals on one Redis server, each behind the few calls that the bench measures. */
import { createCache, isMiss } from '@keepsake/core';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import KeyvRedis, { Keyv } from '@keyv/redis';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Cacheable } from 'cacheable';
import { Redis } from 'ioredis';
import { Loader } from 'layered-loader';
import { RedisCache } from 'layered-loader/redis';
import { createClient } from 'redis';

/** All values go as JSON, whatever a library would choose: codecs are compared in rows of their own. */
const codec = {
  id: 64,
  encode: (value: unknown): Buffer => Buffer.from(JSON.stringify(value)),
  decode: (bytes: Buffer): unknown => JSON.parse(bytes.toString()) as unknown,
};

const TTL_MS = 3_600_000;
const TTL_S = TTL_MS / 1_000;
const TAGS = ['albums', 'user:7'];

type Make = () => Promise<unknown>;

/** What a subject can do; what it lacks is not measured. */
export interface RedisSubject {
  /** One key of the server, past any memory. */
  get?(key: string): Promise<unknown>;
  /** Makes what `get` and the others read. */
  set(key: string, value: object): Promise<unknown>;
  getMany?(keys: string[]): Promise<unknown>;
  /** Past any memory, too. */
  getOrSet?(key: string, make: Make): Promise<unknown>;
  /** A set after which no other node goes on with the old value. */
  setCoherent?(key: string, value: object): Promise<unknown>;
  setTagged?(key: string, value: object): Promise<unknown>;
  /** Of what `setCoherent` made, memory in front of Redis. */
  getNear?(key: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** SET, DEL and PUBLISH: the least that a set owes to the other nodes. */
const COHERENT_SET = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', KEYS[3], ARGV[3])
return 1`;

type WithScript = Redis & { coherentSet(...args: (string | number)[]): Promise<unknown> };

const ioredis = async (url: string, enableAutoPipelining: boolean): Promise<RedisSubject> => {
  const redis = new Redis(url, {
    enableAutoPipelining,
    scripts: { coherentSet: { lua: COHERENT_SET, numberOfKeys: 3 } },
  }) as WithScript;
  const subscriber = new Redis(url);
  await subscriber.subscribe('raw');
  const name = (key: string): string => `raw:${String(enableAutoPipelining)}:${key}`;
  const parse = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));
  const set = (key: string, value: unknown): Promise<unknown> =>
    redis.set(name(key), JSON.stringify(value), 'PX', TTL_MS);
  return {
    get: async (key) => parse(await redis.get(name(key))),
    set,
    getMany: async (keys) => (await redis.mget(keys.map(name))).map(parse),
    getOrSet: async (key, make) => {
      const found = parse(await redis.get(name(key)));
      if (found !== undefined) return found;
      const value = await make();
      await set(key, value);
      return value;
    },
    setCoherent: (key, value) =>
      redis.coherentSet(name(key), `${name(key)}:lease`, 'raw', JSON.stringify(value), TTL_MS, key),
    close: () => Promise.all([redis.quit(), subscriber.quit()]),
  };
};

const nodeRedis = async (url: string): Promise<RedisSubject> => {
  const client = createClient({ url });
  client.on('error', (error) => console.error(error));
  await client.connect();
  const name = (key: string): string => `node:${key}`;
  const parse = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));
  const set = (key: string, value: unknown): Promise<unknown> =>
    client.set(name(key), JSON.stringify(value), { PX: TTL_MS });
  return {
    get: async (key) => parse(await client.get(name(key))),
    set,
    getMany: async (keys) => (await client.mGet(keys.map(name))).map(parse),
    getOrSet: async (key, make) => {
      const found = parse(await client.get(name(key)));
      if (found !== undefined) return found;
      const value = await make();
      await set(key, value);
      return value;
    },
    close: () => client.close(),
  };
};

const keepsake = async (url: string): Promise<RedisSubject> => {
  const backend = new RedisBackend({ url, codec, prefix: 'ks:', commandTimeout: 10 });
  await backend.connect(5_000);
  const far = createCache({ l1: false, l2: backend, ttl: TTL_S, l2Timeout: 10 });
  const near = createCache({
    l2: new RedisBackend({ url, codec, prefix: 'ksn:', commandTimeout: 10 }),
    bus: new RedisBus({ url }),
    ttl: TTL_S,
    l2Timeout: 10,
  });
  await near.connect({ timeout: 5 });
  const life = { freshMs: TTL_MS, swrMs: 0, graceMs: 0, slidingMs: 0 };
  const rest = {
    life,
    ageMs: 0,
    costMs: 0,
    negative: false,
    version: 0,
    maxBytes: 1_048_576,
    condition: 'always',
  } as const;
  return {
    get: async (key) => {
      const read = await backend.get(key, 'read');
      return isMiss(read) ? undefined : read.value;
    },
    set: (key, value) => backend.setMany([{ key, value, tags: [], ...rest }]),
    setTagged: (key, value) => backend.setMany([{ key, value, tags: TAGS, ...rest }]),
    getMany: (keys) => backend.getMany(keys, 'read'),
    getOrSet: (key, make) => far.getOrSet(key, make),
    setCoherent: (key, value) => near.set(key, value),
    getNear: (key) => near.get(key),
    close: () => Promise.all([far.close(), near.close()]),
  };
};

const layeredLoader = async (url: string): Promise<RedisSubject> => {
  const redis = new Redis(url);
  const cache = new RedisCache<object>(redis, { prefix: 'll', json: true, ttlInMsecs: TTL_MS });
  let make: Make = () => Promise.resolve(undefined);
  const loader = new Loader<object>({
    asyncCache: new RedisCache<object>(redis, { prefix: 'll', json: true, ttlInMsecs: TTL_MS }),
    dataSourceGetOneFn: async () => (await make()) as object,
  });
  await redis.ping();
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getMany: (keys) => cache.getMany(keys),
    getOrSet: (key, load) => {
      make = load;
      return loader.get(key);
    },
    close: () => redis.quit(),
  };
};

const bentocache = async (url: string): Promise<RedisSubject> => {
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port) };
  const cache = new BentoCache({
    default: 'far',
    prefix: 'bento',
    ttl: TTL_MS,
    stores: {
      far: bentostore().useL2Layer(redisDriver({ connection })),
      near: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 100_000 }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
  const near = cache.use('near');
  await cache.get({ key: 'nothing' });
  return {
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
    getOrSet: (key, factory) => cache.getOrSet({ key, factory }),
    setTagged: (key, value) => cache.set({ key, value, tags: TAGS }),
    setCoherent: (key, value) => near.set({ key, value }),
    getNear: (key) => near.get({ key }),
    close: () => cache.disconnectAll(),
  };
};

const cacheable = async (url: string): Promise<RedisSubject> => {
  // One store and no memory in front of it: as primary.
  const cache = new Cacheable({
    primary: new Keyv(new KeyvRedis(url), { namespace: 'cacheable' }),
    ttl: TTL_MS,
  });
  await cache.get('nothing');
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getMany: (keys) => cache.getMany(keys),
    getOrSet: (key, make) => cache.getOrSet(key, make),
    close: () => cache.disconnect(),
  };
};

export const SUBJECTS: Readonly<
  Record<string, { version: string; open: (url: string) => Promise<RedisSubject> }>
> = {
  ioredis: { version: '6.0', open: (url) => ioredis(url, false) },
  'ioredis, auto-pipelining': { version: '6.0', open: (url) => ioredis(url, true) },
  'node-redis': { version: '5.12', open: nodeRedis },
  'layered-loader': { version: '16.1', open: layeredLoader },
  bentocache: { version: '1.6.1', open: bentocache },
  cacheable: { version: '2.5', open: cacheable },
  keepsake: { version: '', open: keepsake },
};
