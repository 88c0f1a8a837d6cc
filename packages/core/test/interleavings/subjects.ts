/** What is raced: caches of one world, by name. Only `ours` may pass. */
import type { Scheduler } from 'fast-check';
import { type CacheBackend, createCache, MemoryBackend, type StoreItem } from '@keepsake/core';
import type { FakeClock } from '@keepsake/core/testing';
import { NaiveCache } from './naive-cache.ts';
import type { RaceCache, Version } from './race-cache.ts';
import { ScheduledBackend } from './scheduled-backend.ts';

/** `memory`: one tier. `tiers`: memory before a scheduled store. `far`: the scheduled store alone. */
export type Layout = 'memory' | 'tiers' | 'far';

export interface Setup {
  readonly clock: FakeClock;
  readonly scheduler: Scheduler;
  readonly layout: Layout;
  /** Caches on the same store, as many processes. */
  readonly nodes: number;
  readonly ttlMs: number;
  readonly swrMs: number;
}

export type SubjectFactory = (setup: Setup) => RaceCache[];

type Wrap<T> = (inner: T) => T;

const nodesOf = (
  setup: Setup,
  make: (far: CacheBackend | undefined) => RaceCache,
  wrapFar: Wrap<CacheBackend> = (far) => far,
): RaceCache[] => {
  const { clock, scheduler, layout, nodes } = setup;
  const shared =
    layout === 'memory' ? undefined : wrapFar(new ScheduledBackend(new MemoryBackend({ clock }), scheduler));
  return Array.from({ length: nodes }, () => make(shared));
};

const ours =
  (
    wrapCache: Wrap<RaceCache> = (cache) => cache,
    wrapBackend: Wrap<CacheBackend> = (backend) => backend,
  ): SubjectFactory =>
  (setup) =>
    nodesOf(
      setup,
      (far) => {
        const { clock, layout, ttlMs, swrMs } = setup;
        const near = layout === 'far' ? false : wrapBackend(new MemoryBackend({ clock }));
        const lifetimes = { ttl: ttlMs / 1_000, swr: swrMs / 1_000 };
        return wrapCache(createCache({ clock, l1: near, ...(far && { l2: far }), ...lifetimes }));
      },
      wrapBackend,
    );

const naive: SubjectFactory = (setup) =>
  nodesOf(setup, (far) => {
    const { clock, ttlMs, swrMs } = setup;
    return new NaiveCache({ clock, ttlMs, swrMs, far });
  });

/** The object with some methods replaced. */
const replaced = <T extends object>(inner: T, changed: Partial<T>): T =>
  new Proxy(inner, {
    get: (target, name) => {
      const own: unknown = Reflect.get(changed, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

/** Whoever shows a fence may store, whether it has ended or not. */
const withoutFences: Wrap<CacheBackend> = (backend) => {
  const open = (item: StoreItem): StoreItem => ({
    ...item,
    condition: typeof item.condition === 'string' ? item.condition : 'always',
  });
  return replaced(backend, { setMany: (items) => backend.setMany(items.map(open)) });
};

/** A promise map in front: nobody loads twice, and everybody joins. */
const joiningAll: Wrap<RaceCache> = (cache) => {
  const loading = new Map<string, Promise<Version>>();
  return replaced(cache, {
    getOrSet: (key, loader, options) => {
      const known = loading.get(key);
      if (known) return known;
      const own = cache.getOrSet(key, loader, options).finally(() => loading.delete(key));
      loading.set(key, own);
      return own;
    },
  });
};

/** Says that it is done before it is. */
const acknowledgingEarly: Wrap<RaceCache> = (cache) =>
  replaced(cache, {
    delete: (key) => {
      cache.delete(key).catch((error: unknown) => console.error(error));
      return Promise.resolve({ acknowledged: true, count: undefined });
    },
  });

const forgettingLateTags: Wrap<RaceCache> = (cache) =>
  replaced(cache, {
    getOrSet: (key, loader, options) =>
      cache.getOrSet(key, (context) => loader({ ...context, addTags: () => undefined }), options),
  });

const forgettingFences: Wrap<RaceCache> = (cache) =>
  replaced(cache, { set: (key, value, { tags = [] }) => cache.set(key, value, { tags }) });

const SUBJECTS: Readonly<Record<string, SubjectFactory>> = {
  ours: ours(),
  naive,
  'fills-without-fences': ours(undefined, withoutFences),
  'joins-all': ours(joiningAll),
  'acknowledges-early': ours(acknowledgingEarly),
  'forgets-late-tags': ours(forgettingLateTags),
  'forgets-shown-fences': ours(forgettingFences),
};

export const RACE_MUTANTS: readonly string[] = Object.keys(SUBJECTS).slice(2);

/** @throws for a name that nobody has. */
export const subjectNamed = (name: string): SubjectFactory => {
  const subject = SUBJECTS[name];
  if (!subject) throw new Error(`no subject ${name}`);
  return subject;
};
