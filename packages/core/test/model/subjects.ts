/**
 * What the model is run against: the cache itself, and the same cache with one thing broken each. A model
 * that lets a broken one pass checks nothing.
 */
import {
  type Cache,
  type CacheBackend,
  createCache,
  type GetOrSetOptions,
  type Key,
  type LoadContext,
  MemoryBackend,
  type NamespaceOptions,
  type SetOptions,
} from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { DEFAULT_TTL_MS } from './reference-entry.ts';

export interface Subject {
  readonly clock: FakeClock;
  readonly backend: CacheBackend;
  readonly cache: Cache;
}

/** Far more than the model has keys: nothing is evicted. */
const MAX_ENTRIES = 1_000;

const makeSubject = (options: { isolation?: 'reference' } = {}): Subject => {
  const clock = new FakeClock();
  const backend = new MemoryBackend({ clock, maxEntries: MAX_ENTRIES });
  return {
    clock,
    backend,
    cache: createCache({ clock, l1: backend, ttl: DEFAULT_TTL_MS / 1_000, ...options }),
  };
};

/** The cache with some methods replaced; namespaces below it are broken the same way. */
type Break = (cache: Cache) => Partial<Cache>;

const broken = (cache: Cache, breakIt: Break): Cache => {
  const changed: Partial<Cache> = {
    namespace: (name: string, options?: NamespaceOptions) => broken(cache.namespace(name, options), breakIt),
    ...breakIt(cache),
  };
  return new Proxy(cache, {
    get: (target, name) => {
      const own: unknown = Reflect.get(changed, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
};

const without = <O extends object, K extends keyof O>(options: O | undefined, ...names: K[]): Omit<O, K> => {
  const rest = { ...(options ?? ({} as O)) };
  for (const name of names) delete (rest as Partial<O>)[name];
  return rest;
};

const DONE = { acknowledged: true, count: undefined };

/** Drops options from every call that stores. */
const dropping =
  (...names: (keyof GetOrSetOptions & keyof SetOptions)[]): Break =>
  (cache) => ({
    set: (key, value, o) => cache.set(key, value, without(o, ...names)),
    setMany: (entries, o) => cache.setMany(entries, without(o, ...names)),
    getOrSet: (key, loader, o) => cache.getOrSet(key, loader, without(o, ...names)),
  });

const MUTANTS: Readonly<Record<string, Break>> = {
  'forgets-tags': dropping('tags'),
  'forgets-sliding': dropping('sliding'),
  'forgets-grace': dropping('grace', 'swr'),
  'ignores-expire': () => ({ expire: () => Promise.resolve({ acknowledged: true, count: 1 }) }),
  'ignores-tag-expire': (cache) => ({
    invalidateTags: (tags, o) =>
      o?.mode === 'expire' ? Promise.resolve(DONE) : cache.invalidateTags(tags, o),
  }),
  'counts-has': (cache) => ({ has: async (key) => (await cache.get(key)) !== undefined }),
  'counts-removals-wrong': (cache) => ({
    deleteMany: async (keys) => ({ ...(await cache.deleteMany(keys)), count: keys.length }),
  }),
  'clears-literally': (cache) => ({
    clear: (pattern) => (typeof pattern === 'string' ? cache.delete(pattern) : cache.clear(pattern)),
  }),
  'stores-skipped': (cache) => ({
    getOrSet: <T, P = T>(key: Key, loader: (c: LoadContext<P>) => T | Promise<T>, o?: GetOrSetOptions) =>
      cache.getOrSet<T, P>(key, (context) => loader({ ...context, skip: () => undefined }), o),
  }),
  'forgets-negative': (cache) => ({
    getOrSet: (key, loader, o) => cache.getOrSet(key, loader, without(o, 'negativeTtl')),
  }),
  'loads-fresh-keys': (cache) => ({
    getOrSet: (key, loader, o) => cache.getOrSet(key, loader, { ...o, forceRefresh: true }),
  }),
  'increments-twice': (cache) => ({
    increment: (key, by = 1, o = {}) => cache.increment(key, by * 2, o),
  }),
  'overwrites-present': (cache) => ({
    setIfAbsent: (key, value, o) => cache.set(key, value, o),
  }),
};

export const MODEL_MUTANTS: readonly string[] = [...Object.keys(MUTANTS), 'shares-values'];

/** A promise map and a Map: no tags, no stale windows, no sliding, no negative entries. */
const naive: Break = (cache) => {
  const plain = dropping('tags', 'swr', 'grace', 'sliding')(cache);
  return {
    ...plain,
    invalidateTags: () => Promise.resolve(DONE),
    expire: (key) => cache.delete(key),
  };
};

/** @throws for a name that is neither `ours`, `naive` nor a mutant's. */
export const createSubject = (name: string): Subject => {
  if (name === 'shares-values') return makeSubject({ isolation: 'reference' });
  const subject = makeSubject();
  if (name === 'ours') return subject;
  const breakIt = name === 'naive' ? naive : MUTANTS[name];
  if (!breakIt) throw new Error(`no subject ${name}`);
  return { ...subject, cache: broken(subject.cache, breakIt) };
};
