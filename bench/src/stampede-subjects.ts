/** One process's cache in memory, in Keepsake and six others; defaults but for the TTL. */
import { createCache } from '@keepsake/core';
import { createCache as createDedupe } from 'async-cache-dedupe';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache as createManagedCache } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { Loader } from 'layered-loader/core';

const TTL_MS = 60_000;

export type Load = () => Promise<string>;
export type GetOrSet = (key: string, load: Load) => Promise<unknown>;

export interface MemorySubject {
  readonly name: string;
  readonly version: string;
  readonly make: () => GetOrSet;
}

/** For libraries whose loader is given once: it looks here for the load of a key. */
const loads = new Map<string, Load>();
const loadOf = (key: string): Promise<string> =>
  loads.get(key)?.() ?? Promise.reject(new Error(`no load: ${key}`));
const registered =
  (get: (key: string) => Promise<unknown>): GetOrSet =>
  (key, load) => {
    loads.set(key, load);
    return get(key);
  };

const promiseMap = (): GetOrSet => {
  const values = new Map<string, Promise<string>>();
  return (key, load) => {
    const known = values.get(key);
    if (known) return known;
    const made = load();
    values.set(key, made);
    return made;
  };
};

const keepsake = (): GetOrSet => {
  const cache = createCache({ ttl: TTL_MS / 1_000 });
  return (key, load) => cache.getOrSet(key, load);
};

const asyncCacheDedupe = (): GetOrSet => {
  const cache = createDedupe({ ttl: TTL_MS / 1_000, storage: { type: 'memory' } }).define('load', loadOf);
  return registered((key) => cache.load(key));
};

const layeredLoader = (): GetOrSet => {
  const loader = new Loader<string>({
    inMemoryCache: { ttlInMsecs: TTL_MS },
    dataSourceGetOneFn: loadOf,
  });
  return registered((key) => loader.get(key));
};

const cacheManager = (): GetOrSet => {
  const cache = createManagedCache({ ttl: TTL_MS });
  return (key, load) => cache.wrap(key, load);
};

const cacheable = (): GetOrSet => {
  const cache = new Cacheable({ ttl: TTL_MS });
  return (key, load) => cache.getOrSet(key, load);
};

const bentocache = (): GetOrSet => {
  const stores = { memory: bentostore().useL1Layer(memoryDriver({})) };
  const cache = new BentoCache({ default: 'memory', stores, ttl: TTL_MS });
  return (key, load) => cache.getOrSet({ key, factory: load });
};

/** The first is what the others are measured by. */
export const MEMORY_SUBJECTS: readonly MemorySubject[] = [
  { name: 'promise map', version: '', make: promiseMap },
  { name: 'keepsake', version: '', make: keepsake },
  { name: 'async-cache-dedupe', version: '3.4', make: asyncCacheDedupe },
  { name: 'layered-loader', version: '16.1', make: layeredLoader },
  { name: 'cache-manager', version: '7.2', make: cacheManager },
  { name: 'cacheable', version: '2.5', make: cacheable },
  { name: 'bentocache', version: '1.6.1', make: bentocache },
];
