import type {
  Cache,
  GetOrSetOptions,
  Invalidation,
  LoadContext,
  LoadManyContext,
  SetOptions,
} from '../cache.ts';
import { CacheError } from '../errors.ts';
import { buildKey } from '../key.ts';

type Segment = string | number | bigint;

/** What tells an entry from the others of its family: a segment of its key, or several. */
export type FamilyId = Segment | readonly Segment[];

/** Entries of one kind: their keys begin with its name, and their values have its type. */
export interface Family<T> {
  readonly name: string;
  /** The key of an entry in the cache that the family was defined on. */
  key(id: FamilyId): string;
  get(id: FamilyId): Promise<T | undefined>;
  getMany(ids: readonly FamilyId[]): Promise<Map<string, T>>;
  set(id: FamilyId, value: T, options?: SetOptions): Promise<boolean>;
  setIfAbsent(id: FamilyId, value: T, options?: Omit<SetOptions, 'fence'>): Promise<boolean>;
  getOrSet(
    id: FamilyId,
    loader: (context: LoadContext<T>) => T | Promise<T>,
    options?: GetOrSetOptions,
  ): Promise<T>;
  /** Keys, in what the loader gets and gives and in the result, are those of `key(id)`. */
  getOrSetMany(
    ids: readonly FamilyId[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, T]>>,
    options?: Omit<GetOrSetOptions, 'forceRefresh'> & { partial?: boolean },
  ): Promise<Map<string, T>>;
  has(id: FamilyId): Promise<boolean>;
  delete(id: FamilyId): Promise<Invalidation>;
  deleteMany(ids: readonly FamilyId[]): Promise<Invalidation>;
  expire(id: FamilyId): Promise<Invalidation>;
  /** Removes every entry of the family, and no other. */
  clear(): Promise<Invalidation>;
}

/** The family below `start`, a prefix of segments. `defaults`: of every store. */
export const familyBelow = <T>(
  cache: Cache,
  start: readonly [string, ...Segment[]],
  defaults: GetOrSetOptions,
): Family<T> => {
  const key = (id: FamilyId): string => {
    const segments = Array.isArray(id) ? (id as Segment[]) : [id as Segment];
    if (segments.length === 0) throw new CacheError('ERR_KEY', `${start[0]}: an id has at least one segment`);
    return buildKey(...start, ...segments);
  };
  const keys = (ids: readonly FamilyId[]): string[] => ids.map(key);
  return {
    name: start[0],
    key,
    get: async (id) => cache.get<T>(key(id)),
    getMany: async (ids) => cache.getMany<T>(keys(ids)),
    set: async (id, value, options) => cache.set(key(id), value, { ...defaults, ...options }),
    setIfAbsent: async (id, value, options) => cache.setIfAbsent(key(id), value, { ...defaults, ...options }),
    getOrSet: async (id, loader, options) => cache.getOrSet<T>(key(id), loader, { ...defaults, ...options }),
    getOrSetMany: async (ids, load, options) =>
      cache.getOrSetMany<T>(keys(ids), load, { ...defaults, ...options }),
    has: async (id) => cache.has(key(id)),
    delete: async (id) => cache.delete(key(id)),
    deleteMany: async (ids) => cache.deleteMany(keys(ids)),
    expire: async (id) => cache.expire(key(id)),
    clear: async () => cache.clear({ prefix: `${buildKey(...start)}:` }),
  };
};
