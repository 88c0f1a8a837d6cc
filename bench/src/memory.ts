/** The synchronous memory store against lru-cache with TTL, and `cache.get` against a bare promise over it. */
import { createCache } from '@keepsake/core';
import { createMemoryStore } from '@keepsake/core/memory';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { LRUCache } from 'lru-cache';
import { measure, publish, readSettings, type Subject } from './report.ts';
import { zipf } from './traces.ts';

const settings = readSettings({ full: 15, quick: 3 });
const ENTRIES = settings.isQuick ? 20_000 : 100_000;
const KEYS = 1_000_000;
const TTL_MS = 3_600_000;

const keys = Array.from({ length: ENTRIES }, (_, i) => `user:${i}:profile`);
const strangers = Array.from({ length: ENTRIES }, (_, i) => `nobody:${i}:profile`);
const trace = zipf(KEYS, 1, settings.isQuick ? 200_000 : 1_000_000, 42);
const names = Array.from({ length: KEYS }, (_, i) => `key:${i}`);
const value = { id: 1 };

interface Store {
  get(key: string): object | undefined;
  set(key: string, value: object): unknown;
}

const stores: [string, string, () => Store][] = [
  ['lru-cache with TTL', '11', () => new LRUCache<string, object>({ max: ENTRIES, ttl: TTL_MS })],
  ['lru-cache, no TTL', '11', () => new LRUCache<string, object>({ max: ENTRIES })],
  ...(['s3-fifo', 'lru'] as const).map((policy): [string, string, () => Store] => [
    `keepsake ${policy} with TTL`,
    '',
    () => {
      const store = createMemoryStore<object>({ maxEntries: ENTRIES, policy });
      return { get: (key) => store.get(key), set: (key, one) => store.set(key, one, TTL_MS) };
    },
  ]),
];

/** Nanoseconds of one step, over all keys. */
const timed = (count: number, work: () => void): number => {
  const before = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - before) / count;
};

const filled = (make: () => Store): Store => {
  const store = make();
  for (const key of keys) store.set(key, value);
  return store;
};

type Metric =
  'get hit' | 'get miss' | 'insert' | 'overwrite' | 'set and evict' | 'zipf mix' | 'zipf hit ratio';

const subjectOf = ([name, version, make]: (typeof stores)[number]): Subject<Metric> => {
  const full = filled(make);
  let ratio = 0;
  return {
    name,
    version,
    run: {
      'get hit': () => timed(ENTRIES, () => keys.forEach((key) => full.get(key))),
      'get miss': () => timed(ENTRIES, () => strangers.forEach((key) => full.get(key))),
      insert: () => {
        const store = make();
        return timed(ENTRIES, () => keys.forEach((key) => store.set(key, value)));
      },
      overwrite: () => timed(ENTRIES, () => keys.forEach((key) => full.set(key, value))),
      'set and evict': () => {
        const store = filled(make);
        return timed(ENTRIES, () => strangers.forEach((key) => store.set(key, value)));
      },
      'zipf mix': () => {
        const store = make();
        let hits = 0;
        const ns = timed(trace.length, () => {
          for (const index of trace) {
            const key = names[index] as string;
            if (store.get(key) !== undefined) hits += 1;
            else store.set(key, value);
          }
        });
        ratio = (hits / trace.length) * 100;
        return ns;
      },
      'zipf hit ratio': () => ratio,
    },
  };
};

const units: Record<Metric, string> = {
  'get hit': 'ns',
  'get miss': 'ns',
  insert: 'ns',
  overwrite: 'ns',
  'set and evict': 'ns',
  'zipf mix': 'ns',
  'zipf hit ratio': '%',
};
const rows = await measure(stores.map(subjectOf), units, 'lru-cache with TTL', settings);

type AsyncMetric =
  'await get hit, a string' | 'await getOrSet hit, a string' | 'await get hit, 1.7 kB object, copied';

const text = 'x'.repeat(20);
const object = {
  id: 'album:7',
  title: 'Summer',
  owner: { id: 7, name: 'Lena', roles: ['owner', 'editor'] },
  createdAt: new Date(),
  photos: Array.from({ length: 24 }, (_, i) => ({
    id: i,
    width: 1920,
    height: 1080,
    name: `photo ${i}.jpg`,
  })),
};
const CALLS = settings.isQuick ? 20_000 : 100_000;

const each = async (call: (key: string) => Promise<unknown>): Promise<number> => {
  const before = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i += 1) await call(keys[i % ENTRIES] as string);
  return Number(process.hrtime.bigint() - before) / CALLS;
};

const bare = new LRUCache<string, string>({ max: ENTRIES, ttl: TTL_MS });
const cache = createCache({ l1: { maxEntries: ENTRIES }, ttl: 3_600 });
const objects = createCache({ l1: { maxEntries: 100 } });
const bento = new BentoCache({
  default: 'memory',
  stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: ENTRIES, serialize: false })) },
});
for (const key of keys) {
  bare.set(key, text);
  await cache.set(key, text);
  await bento.set({ key, value: text });
}
await objects.set('o', object);
const getBare = async (key: string): Promise<unknown> => bare.get(key);
const asyncSubjects: Subject<AsyncMetric>[] = [
  {
    name: 'lru-cache behind a promise',
    version: '11',
    run: {
      'await get hit, a string': () => each(getBare),
      'await getOrSet hit, a string': () => each(getBare),
      'await get hit, 1.7 kB object, copied': () => each(async () => structuredClone(object)),
    },
  },
  {
    name: 'keepsake createCache',
    version: '',
    run: {
      'await get hit, a string': () => each((key) => cache.get(key)),
      'await getOrSet hit, a string': () => each((key) => cache.getOrSet(key, () => text)),
      'await get hit, 1.7 kB object, copied': () => each(() => objects.get('o')),
    },
  },
  {
    name: 'bentocache memory, no serialize',
    version: '1.6.1',
    run: {
      'await get hit, a string': () => each((key) => bento.get({ key })),
      'await getOrSet hit, a string': () => each((key) => bento.getOrSet({ key, factory: () => text })),
    },
  },
];
const asyncUnits: Record<AsyncMetric, string> = {
  'await get hit, a string': 'ns',
  'await getOrSet hit, a string': 'ns',
  'await get hit, 1.7 kB object, copied': 'ns',
};
const asyncRows = await measure(asyncSubjects, asyncUnits, 'lru-cache behind a promise', settings);
publish('memory', [...rows, ...asyncRows], settings);
await bento.disconnectAll();
