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

/**
 * Entries of one kind: their keys begin with its name, and their values have its type. `Id` narrows what an entry can
 * be named by: an id of another kind then does not compile.
 */
export interface Family<T, Id extends FamilyId = FamilyId> {
  readonly name: string;
  /** The key of an entry in the cache that the family was defined on. */
  key(id: Id): string;
  get(id: Id): Promise<T | undefined>;
  getMany(ids: readonly Id[]): Promise<Map<string, T>>;
  set(id: Id, value: T, options?: SetOptions): Promise<boolean>;
  setIfAbsent(id: Id, value: T, options?: Omit<SetOptions, 'fence'>): Promise<boolean>;
  getOrSet(
    id: Id,
    loader: (context: LoadContext<T>) => T | Promise<T>,
    options?: GetOrSetOptions,
  ): Promise<T>;
  /** Keys, in what the loader gets and gives and in the result, are those of `key(id)`. */
  getOrSetMany(
    ids: readonly Id[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, T]>>,
    options?: Omit<GetOrSetOptions, 'forceRefresh'> & { partial?: boolean },
  ): Promise<Map<string, T>>;
  has(id: Id): Promise<boolean>;
  delete(id: Id): Promise<Invalidation>;
  deleteMany(ids: readonly Id[]): Promise<Invalidation>;
  expire(id: Id): Promise<Invalidation>;
  /** Removes every entry of the family, and no other. */
  clear(): Promise<Invalidation>;
}

/** A call's options over the family's: one that is undefined is none, and tags are added. */
const over = <O extends GetOrSetOptions | SetOptions>(
  defaults: GetOrSetOptions,
  options: O | undefined,
): O => {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  const merged = { ...defaults, ...Object.fromEntries(given) } as O;
  // What is no list is left to the cache to refuse.
  if (defaults.tags && Array.isArray(options?.tags)) merged.tags = [...defaults.tags, ...options.tags];
  return merged;
};

/** The family below `start`, a prefix of segments. `defaults`: of every store. */
export const familyBelow = <T>(
  cache: Cache,
  start: readonly [string, ...Segment[]],
  defaults: GetOrSetOptions,
): Family<T> => {
  const prefix = buildKey(...start);
  const key = (id: FamilyId): string => {
    const segments = Array.isArray(id) ? (id as Segment[]) : [id as Segment];
    if (segments.length === 0) throw new CacheError('ERR_KEY', `${start[0]}: an id has at least one segment`);
    return buildKey(...start, ...segments);
  };
  const keys = (ids: readonly FamilyId[]): string[] => {
    if (Array.isArray(ids)) return (ids as readonly FamilyId[]).map(key);
    throw new CacheError('ERR_KEY', `${start[0]}: expected an array of ids`);
  };
  return {
    name: start[0],
    key,
    get: async (id) => cache.get<T>(key(id)),
    getMany: async (ids) => cache.getMany<T>(keys(ids)),
    set: async (id, value, options) => cache.set(key(id), value, over(defaults, options)),
    setIfAbsent: async (id, value, options) => cache.setIfAbsent(key(id), value, over(defaults, options)),
    getOrSet: async (id, loader, options) => cache.getOrSet<T>(key(id), loader, over(defaults, options)),
    getOrSetMany: async (ids, load, options) =>
      cache.getOrSetMany<T>(keys(ids), load, over(defaults, options)),
    has: async (id) => cache.has(key(id)),
    delete: async (id) => cache.delete(key(id)),
    deleteMany: async (ids) => cache.deleteMany(keys(ids)),
    expire: async (id) => cache.expire(key(id)),
    clear: async () => cache.clear({ prefix: `${prefix}:` }),
  };
};
