import type { Fence } from './fence.ts';
import type { MissReason } from './entry.ts';
import type { CacheEventName, CacheListener, Tier } from './events.ts';
import type { Key } from './key.ts';
import type { CacheOptions, LifetimeOptions, TimeoutOptions } from './options.ts';
import type { CacheStats } from './stats.ts';

export interface SetOptions extends LifetimeOptions {
  /**
   * Names by which `invalidateTags` reaches the entry. At most 64. What `track()` gave can stand here as it is: a
   * tag that begins with `#` is a dependency.
   */
  tags?: readonly string[];
  /** Store only if nothing was invalidated since this was handed out: `(await cache.inspect(key)).fence`. */
  fence?: Fence;
}

export interface GetOrSetOptions extends Omit<SetOptions, 'fence'>, TimeoutOptions {
  /** Gives up this caller's wait with the signal's reason; the load goes on for the others. */
  signal?: AbortSignal;
  /** Load even if a fresh value is there. Callers still share one load. */
  forceRefresh?: boolean;
  /** A loader's `undefined` is remembered for this long. */
  negativeTtl?: LifetimeOptions['swr'];
}

/** What a loader is told, and what it may decide. */
export interface LoadContext<T> {
  readonly key: string;
  /** Aborts when nobody waits any more, or at the hard timeout. */
  readonly signal: AbortSignal;
  /** The stale value, if one is at hand: for a conditional request. */
  readonly previous?: { readonly value: T; readonly ageMs: number };
  /** The TTL of what is being loaded. */
  setTtl(ttl: LifetimeOptions['ttl'] & {}): void;
  addTags(...tags: readonly string[]): void;
  /** Return the value but do not store it. */
  skip(): void;
}

export interface LoadManyContext {
  readonly signal: AbortSignal;
  setTtl(key: string, ttl: LifetimeOptions['ttl'] & {}): void;
  addTags(key: string, ...tags: readonly string[]): void;
  skip(key: string): void;
  /** This key could not be loaded; the others are unharmed. */
  fail(key: string, error: unknown): void;
}

/** Options that a namespace may have for itself. */
export type NamespaceOptions = Omit<
  CacheOptions,
  | 'l1'
  | 'l2'
  | 'bus'
  | 'onBusLoss'
  | 'namespace'
  | 'clock'
  | 'staleness'
  | 'l2Timeout'
  | 'maxConcurrentLoads'
  | 'tracking'
>;

/** What became of a removal. `acknowledged: false`: a store could not be reached; it is kept and replayed. */
export interface Invalidation {
  readonly acknowledged: boolean;
  /** How many entries it hit, where that is known. */
  readonly count: number | undefined;
}

/** The outcome of a read, with its reason. */
export interface Inspection<T> {
  readonly outcome: 'hit' | 'stale' | 'miss';
  readonly reason?: MissReason;
  readonly tier?: Tier;
  readonly value?: T;
  readonly ageMs?: number;
  readonly ttlMs?: number;
  readonly tags: readonly string[];
  /** After a miss: show it to `set` to store only if nothing was invalidated since. After a hit it has ended. */
  readonly fence: Fence;
}

/**
 * A cache. Reads never reject for a store that fails: they are a miss and an event. Removals never reject
 * for it either: they say so. Misuse rejects with a CacheError whose code says what is wrong.
 */
export interface Cache {
  readonly name: string;
  /** Where entries lie, the nearest first. */
  readonly tiers: readonly Tier[];
  /** The value, or undefined. Counts a hit or a miss. */
  get<T = unknown>(key: Key): Promise<T | undefined>;
  /**
   * The value, at once, where this process's memory has it and `get` would give it; undefined: ask `get`. Counts a hit,
   * never a miss. Throws ERR_KEY for what can be no key.
   */
  getSync<T = unknown>(key: Key): T | undefined;
  /** The value with outcome, reason, age, tags and a fence. Does not count. */
  inspect<T = unknown>(key: Key): Promise<Inspection<T>>;
  /** True: stored. False: refused (too large, fence ended) or no store could be reached. */
  set(key: Key, value: unknown, options?: SetOptions): Promise<boolean>;
  /** True: this call stored it. Atomic among all that share the store. */
  setIfAbsent(key: Key, value: unknown, options?: Omit<SetOptions, 'fence'>): Promise<boolean>;
  has(key: Key): Promise<boolean>;
  /** Seconds that the entry stays fresh; Infinity = forever; undefined = no fresh entry. */
  ttl(key: Key): Promise<number | undefined>;
  /** A new TTL from now; value, tags and the lengths of swr and grace stay. False: no entry. */
  touch(key: Key, ttl: LifetimeOptions['ttl'] & {}): Promise<boolean>;
  /** The hits, in the order asked. */
  getMany<T = unknown>(keys: readonly Key[]): Promise<Map<string, T>>;
  /** How many were stored. */
  setMany(
    entries: Iterable<readonly [Key, unknown]> | Readonly<Record<string, unknown>>,
    options?: Omit<SetOptions, 'fence'>,
  ): Promise<number>;
  delete(key: Key): Promise<Invalidation>;
  deleteMany(keys: readonly Key[]): Promise<Invalidation>;
  /** Stale from now on: served only inside its `swr` or `grace`. */
  expire(key: Key): Promise<Invalidation>;
  invalidateTags(tags: readonly string[], options?: { mode?: 'delete' | 'expire' }): Promise<Invalidation>;
  /** All of this namespace, or what matches a glob (as Redis SCAN MATCH), or what lies below a prefix. */
  clear(pattern?: string | { prefix: Key }): Promise<Invalidation>;
  /**
   * The value; on a miss the loader's, stored. One load a key at a time: callers meanwhile share it, but
   * none that came after an invalidation, and what was invalidated during the load is not stored.
   * (`P` only keeps `context.previous` out of the inference of `T`.)
   */
  getOrSet<T, P = T>(
    key: Key,
    loader: (context: LoadContext<P>) => T | Promise<T>,
    options?: GetOrSetOptions,
  ): Promise<T>;
  /** Like getOrSet for many keys: one call of `load` for all that are missing and not in flight. */
  getOrSetMany<T>(
    keys: readonly Key[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, T]>>,
    options?: Omit<GetOrSetOptions, 'forceRefresh'> & { partial?: boolean },
  ): Promise<Map<string, T>>;
  /** Atomic. Rejects ERR_UNAVAILABLE when the store cannot be asked, ERR_COUNTER when it is no integer. */
  increment(key: Key, by?: number, options?: { ttl?: LifetimeOptions['ttl'] }): Promise<number>;
  keys(pattern?: string): AsyncIterable<string>;
  size(): Promise<number>;
  /** A cache below this one, with options of its own where given. */
  namespace(name: string, options?: NamespaceOptions): Cache;
  /**
   * Runs `fn` and gives, with its result, what it read through the cache as tags: an entry that is stored with
   * them goes when any of what was read changes. At most 65 are gathered: more than an entry can carry.
   * Rejects ERR_OPTION where the cache has no `tracking`.
   */
  track<T>(fn: () => T | Promise<T>): Promise<{ value: T; tags: string[] }>;
  stats(): Promise<CacheStats>;
  on<N extends CacheEventName>(event: N, listener: CacheListener<N>): () => void;
  /** Rejects ERR_CONNECT with the reason; a cache also works without it. */
  connect(options?: { timeout?: LifetimeOptions['swr'] }): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
