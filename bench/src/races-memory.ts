/** The races within one process, in memory: Keepsake and four rivals. */
import { type CacheEntry, cachified } from '@epic-web/cachified';
import { createCache } from '@keepsake/core';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache as createManagedCache } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { type Outcomes, sleep, verdict } from './races-outcome.ts';

const KEY = 'album';
const TAG = 'albums';
const TTL_MS = 60_000;

type Loader = () => Promise<string>;

/** One library behind the few calls that the races need. */
interface Subject {
  readonly name: string;
  getOrSet(load: Loader): Promise<unknown>;
  get(): Promise<unknown>;
  delete(): Promise<unknown>;
  set(value: string): Promise<unknown>;
  invalidateTag?: () => Promise<unknown>;
}

const subjects: (() => Subject)[] = [
  () => {
    const cache = createCache();
    return {
      name: 'keepsake',
      getOrSet: (load) => cache.getOrSet(KEY, load, { tags: [TAG] }),
      get: () => cache.get(KEY),
      delete: () => cache.delete(KEY),
      set: (value) => cache.set(KEY, value),
      invalidateTag: () => cache.invalidateTags([TAG]),
    };
  },
  () => {
    const stores = { memory: bentostore().useL1Layer(memoryDriver({})) };
    const cache = new BentoCache({ default: 'memory', stores, ttl: TTL_MS });
    return {
      name: 'bentocache 1.6.1',
      getOrSet: (load) => cache.getOrSet({ key: KEY, factory: load, tags: [TAG] }),
      get: () => cache.get({ key: KEY }),
      delete: () => cache.delete({ key: KEY }),
      set: (value) => cache.set({ key: KEY, value }),
      invalidateTag: () => cache.deleteByTag({ tags: [TAG] }),
    };
  },
  () => {
    const cache = new Cacheable({ ttl: TTL_MS });
    return {
      name: 'cacheable 2.5',
      getOrSet: (load) => cache.getOrSet(KEY, load),
      get: () => cache.get(KEY),
      delete: () => cache.delete(KEY),
      set: (value) => cache.set(KEY, value),
    };
  },
  () => {
    const cache = createManagedCache({ ttl: TTL_MS });
    return {
      name: 'cache-manager 7.2',
      getOrSet: (load) => cache.wrap(KEY, load),
      get: () => cache.get(KEY),
      delete: () => cache.del(KEY),
      set: (value) => cache.set(KEY, value),
    };
  },
  () => {
    const cache = new Map<string, CacheEntry>();
    const entry = (value: string): CacheEntry => ({
      value,
      metadata: { createdTime: Date.now(), ttl: TTL_MS },
    });
    return {
      name: 'cachified 5.6',
      getOrSet: (load) => cachified({ key: KEY, cache, ttl: TTL_MS, getFreshValue: load }),
      get: async () => cache.get(KEY)?.value,
      delete: async () => cache.delete(KEY),
      set: async (value) => cache.set(KEY, entry(value)),
    };
  },
];

interface Outcome {
  readonly after: unknown;
  readonly late: unknown;
}

const race = async (subject: Subject, change: () => Promise<unknown>): Promise<Outcome> => {
  let source = 'v1';
  const load: Loader = async () => {
    const seen = source;
    await sleep(60);
    return seen;
  };
  const first = subject.getOrSet(load);
  await sleep(20);
  source = 'v2';
  await change();
  const late = await subject.getOrSet(load);
  await first;
  await sleep(100);
  return { after: await subject.get(), late };
};

const run = async (make: () => Subject): Promise<Outcomes> => {
  const deleted = make();
  const afterDelete = await race(deleted, () => deleted.delete());
  const set = make();
  const afterSet = await race(set, () => set.set('v2'));
  const tagged = make();
  const { invalidateTag } = tagged;
  const afterTag = invalidateTag && (await race(tagged, invalidateTag));
  return {
    name: deleted.name,
    outcomes: {
      'delete during load': verdict(afterDelete.after !== 'v1', 'old value back'),
      'caller after the delete': verdict(afterDelete.late === 'v2', 'joins the old load'),
      'set during load': verdict(afterSet.after === 'v2', 'load overwrites the newer set'),
      'tag invalidated during load': afterTag ? verdict(afterTag.after !== 'v1', 'old value back') : '-',
    },
  };
};

/** The first is Keepsake. */
export const racesInMemory = (): Promise<Outcomes[]> => Promise.all(subjects.map(run));
