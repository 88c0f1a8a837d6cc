/**
 * One subject of the memory benchmark in a process of its own: measured beside others in one process, call sites
 * that see several classes would slow each by what the others are. Prints one line of JSON.
 */
import { createCache } from '@keepsake/core';
import { createMemoryStore } from '@keepsake/core/memory';
import { copyValue } from '@keepsake/core/testing';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { LRUCache } from 'lru-cache';
import { median } from './report.ts';
import { zipf } from './traces.ts';

const [name = '', mode = 'speed', size = 'full'] = process.argv.slice(2);
const isQuick = size === 'quick';
const ENTRIES = isQuick ? 20_000 : 100_000;
const MANY = isQuick ? 200_000 : 1_000_000;
const TTL_MS = 3_600_000;

interface Store {
  get(key: string): unknown;
  set(key: string, value: object): unknown;
}

const stores: Record<string, (entries: number) => Store> = {
  Map: () => new Map<string, object>(),
  'lru-cache with TTL': (max) => new LRUCache<string, object>({ max, ttl: TTL_MS }),
  'lru-cache, no TTL': (max) => new LRUCache<string, object>({ max }),
  'keepsake s3-fifo with TTL': (maxEntries) => {
    const store = createMemoryStore<object>({ maxEntries });
    return { get: (key) => store.get(key), set: (key, value) => store.set(key, value, TTL_MS) };
  },
  'keepsake lru with TTL': (maxEntries) => {
    const store = createMemoryStore<object>({ maxEntries, policy: 'lru' });
    return { get: (key) => store.get(key), set: (key, value) => store.set(key, value, TTL_MS) };
  },
};

/** Flat strings, their hashes computed: as keys that have been in use. */
const namesOf = (count: number, prefix: string): string[] => {
  const names = Array.from({ length: count }, (_, i) => `${prefix}:${i}:profile`);
  const used = new Set(names);
  return names.filter((one) => used.has(one));
};

const timed = (count: number, work: (i: number) => void): number => {
  const before = process.hrtime.bigint();
  for (let i = 0; i < count; i += 1) work(i);
  return Number(process.hrtime.bigint() - before) / count;
};

/** A look-up whose answer nobody uses is one that the compiler leaves out. */
const timedGets = (store: Store, keys: readonly string[], present: number): number => {
  let found = 0;
  const ns = timed(keys.length, (i) => {
    if (store.get(keys[i] as string) !== undefined) found += 1;
  });
  if (found !== present) throw new Error(`${name}: ${found} of ${keys.length} keys found, not ${present}`);
  return ns;
};

const value = { id: 1 };

const speed = (make: (entries: number) => Store): Record<string, number> => {
  const keys = namesOf(ENTRIES, 'user');
  const strangers = namesOf(ENTRIES, 'nobody');
  const trace = zipf(1_000_000, 1, isQuick ? 200_000 : 1_000_000, 42);
  const names = Array.from({ length: 1_000_000 }, (_, i) => `key:${i}`);
  const fill = (store: Store): Store => {
    for (const key of keys) store.set(key, value);
    return store;
  };
  const measured = (): Record<string, number> => {
    const full = fill(make(ENTRIES));
    const fresh = make(ENTRIES);
    const result: Record<string, number> = {
      'get hit': timedGets(full, keys, ENTRIES),
      'get miss': timedGets(full, strangers, 0),
      overwrite: timed(ENTRIES, (i) => void full.set(keys[i] as string, value)),
      insert: timed(ENTRIES, (i) => void fresh.set(keys[i] as string, value)),
    };
    if (name === 'Map') return result;
    result['set and evict'] = timed(ENTRIES, (i) => void full.set(strangers[i] as string, value));
    const store = make(ENTRIES);
    let hits = 0;
    result['zipf mix'] = timed(trace.length, (i) => {
      const key = names[trace[i] as number] as string;
      if (store.get(key) !== undefined) hits += 1;
      else store.set(key, value);
    });
    result['zipf hit ratio'] = (hits / trace.length) * 100;
    return result;
  };
  measured(); // compiled by now
  const runs = [measured(), measured(), measured()];
  const middle = (metric: string): number => median(runs.map((run) => run[metric] ?? NaN));
  return Object.fromEntries(Object.keys(runs[0] ?? {}).map((metric) => [metric, middle(metric)]));
};

const bytes = (make: (entries: number) => Store): Record<string, number> => {
  const collect = globalThis.gc;
  if (!collect) throw new Error('it needs --expose-gc');
  const keys = namesOf(MANY, 'user');
  collect();
  collect();
  const before = process.memoryUsage();
  const store = make(MANY); // some take their room at once
  for (const key of keys) store.set(key, { id: 1 });
  collect();
  collect();
  const after = process.memoryUsage();
  // Objects of the values are the same for all: 20 to 24 bytes, in every figure.
  const heap = after.heapUsed + after.external - before.heapUsed - before.external;
  const result = { 'heap per entry': heap / MANY, 'RSS per entry': (after.rss - before.rss) / MANY };
  if (store.get(keys[MANY - 1] as string) === undefined) throw new Error('the store lost its last entry');
  return result;
};

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

const waits = async (): Promise<Record<string, number>> => {
  const keys = namesOf(ENTRIES, 'user');
  const each = async (call: (key: string) => Promise<unknown>): Promise<number> => {
    const once = async (): Promise<number> => {
      const before = process.hrtime.bigint();
      for (let i = 0; i < ENTRIES; i += 1) await call(keys[i] as string);
      return Number(process.hrtime.bigint() - before) / ENTRIES;
    };
    await once();
    return median([await once(), await once(), await once()]);
  };
  const [GET, LOAD, COPY] = [
    'await get hit, a string',
    'await getOrSet hit, a string',
    'await get hit, 1.7 kB object',
  ];
  if (name === 'lru-cache behind a promise') {
    const bare = new LRUCache<string, string>({ max: ENTRIES, ttl: TTL_MS });
    for (const key of keys) bare.set(key, text);
    const get = async (key: string): Promise<unknown> => bare.get(key);
    const ns = await each(get);
    return { [GET]: ns, [LOAD]: ns, [COPY]: await each(async () => copyValue(object)) };
  }
  if (name === 'keepsake createCache') {
    const cache = createCache({ l1: { maxEntries: ENTRIES }, ttl: 3_600 });
    for (const key of keys) await cache.set(key, text);
    const objects = createCache({ l1: { maxEntries: 100 } });
    await objects.set('o', object);
    return {
      [GET]: await each((key) => cache.get(key)),
      [LOAD]: await each((key) => cache.getOrSet(key, () => text)),
      [COPY]: await each(() => objects.get('o')),
    };
  }
  const driver = memoryDriver({ maxItems: ENTRIES, serialize: false });
  const bento = new BentoCache({ default: 'm', stores: { m: bentostore().useL1Layer(driver) } });
  for (const key of keys) await bento.set({ key, value: text });
  const result = {
    [GET]: await each((key) => bento.get({ key })),
    [LOAD]: await each((key) => bento.getOrSet({ key, factory: () => text })),
  };
  await bento.disconnectAll();
  return result;
};

const make = stores[name];
const result = make ? (mode === 'bytes' ? bytes(make) : speed(make)) : await waits();
console.log(JSON.stringify(result));
