/**
 * A cache that knows of transactions. Outside of one it is the cache beneath, call by call. Inside:
 *
 *   removals   are gathered, and carried out after the commit
 *   reads      find nothing, and loaders are run: the transaction sees rows that nobody else may see yet, and
 *              a snapshot that may be older than what others have seen
 *   stores     store nothing, for the same reason; what they would have replaced is removed after the commit
 *
 * Why nothing more is needed against "read before, stored after": a fill shows a fence, and the removal after
 * the commit ends every fence that was taken before it. A reader that took its fence later queries later, too,
 * and so finds what was committed.
 */
import type {
  Cache,
  GetOrSetOptions,
  Inspection,
  Invalidation,
  LoadContext,
  LoadManyContext,
  NamespaceOptions,
  SetOptions,
} from '../cache.ts';
import { checkFunction, checkObject, oneOf, refuse } from '../check.ts';
import type { Duration } from '../duration.ts';
import { shapedCache } from '../engine/keepsake-cache.ts';
import { Keyspace } from '../engine/keyspace.ts';
import { checkTags } from '../engine/plan.ts';
import type { Scope } from '../engine/runtime.ts';
import type { Shape } from '../engine/tiers.ts';
import type { CacheEventName, CacheListener, Tier } from '../events.ts';
import { type Key, toKeyString } from '../key.ts';
import { KEY_TAG } from '../key-tag.ts';
import type { RemovalMode } from '../removal.ts';
import type { CacheStats } from '../stats.ts';
import { loadAlone, loadManyAlone } from './load-alone.ts';
import type { PendingRemoval } from './pending-removals.ts';
import type { CurrentTransaction, Transaction } from './transaction.ts';

/** Checks names as any cache would, at the call and not at the commit. */
const NAMES = new Keyspace('');

const GATHERED: Invalidation = Object.freeze({ acknowledged: false, count: undefined });

type Loader<T, P> = (context: LoadContext<P>) => T | Promise<T>;
type ManyLoader<T> = (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, T]>>;
type ManyOptions = Omit<GetOrSetOptions, 'forceRefresh'> & { partial?: boolean };
type StoreOptions = Omit<SetOptions, 'fence'>;

export class TransactionalCache implements Cache {
  readonly name: string;
  readonly tiers: readonly Tier[];
  readonly #cache: Cache;
  readonly #current: CurrentTransaction;
  readonly #namespace: readonly string[];

  constructor(cache: Cache, current: CurrentTransaction, namespace: readonly string[] = []) {
    this.name = cache.name;
    this.tiers = cache.tiers;
    this.#cache = cache;
    this.#current = current;
    this.#namespace = namespace;
  }

  /** For what cannot be gathered, and must not be carried out before the commit either. */
  get isInTransaction(): boolean {
    return this.#current() !== undefined;
  }

  async get<T>(key: Key): Promise<T | undefined> {
    return this.#current() ? undefined : this.#cache.get<T>(key);
  }

  getSync<T>(key: Key): T | undefined {
    return this.#current() ? undefined : this.#cache.getSync<T>(key);
  }

  async getMany<T>(keys: readonly Key[]): Promise<Map<string, T>> {
    return this.#current() ? new Map<string, T>() : this.#cache.getMany<T>(keys);
  }

  async inspect<T>(key: Key): Promise<Inspection<T>> {
    const inspection = await this.#cache.inspect<T>(key);
    if (!this.#current() || inspection.outcome === 'miss') return inspection;
    return { outcome: 'miss', reason: 'never-set', tags: [], fence: inspection.fence };
  }

  async has(key: Key): Promise<boolean> {
    return this.#current() ? false : this.#cache.has(key);
  }

  async ttl(key: Key): Promise<number | undefined> {
    return this.#current() ? undefined : this.#cache.ttl(key);
  }

  async touch(key: Key, ttl: Duration | 'forever'): Promise<boolean> {
    return this.#cache.touch(key, ttl);
  }

  async set(key: Key, value: unknown, options?: SetOptions): Promise<boolean> {
    const transaction = this.#current();
    if (!transaction) return this.#cache.set(key, value, options);
    this.#gatherKeys(transaction, [key], 'delete');
    return false;
  }

  async setIfAbsent(key: Key, value: unknown, options?: StoreOptions): Promise<boolean> {
    return this.#current() ? false : this.#cache.setIfAbsent(key, value, options);
  }

  async setMany(
    entries: Iterable<readonly [Key, unknown]> | Readonly<Record<string, unknown>>,
    options?: StoreOptions,
  ): Promise<number> {
    const transaction = this.#current();
    if (!transaction) return this.#cache.setMany(entries, options);
    checkObject('setMany', entries);
    const keys = Symbol.iterator in entries ? Array.from(entries, ([key]) => key) : Object.keys(entries);
    this.#gatherKeys(transaction, keys, 'delete');
    return 0;
  }

  delete(key: Key): Promise<Invalidation> {
    return this.deleteMany([key]);
  }

  async deleteMany(keys: readonly Key[]): Promise<Invalidation> {
    const transaction = this.#current();
    return transaction ? this.#gatherKeys(transaction, keys, 'delete') : this.#cache.deleteMany(keys);
  }

  async expire(key: Key): Promise<Invalidation> {
    const transaction = this.#current();
    return transaction ? this.#gatherKeys(transaction, [key], 'expire') : this.#cache.expire(key);
  }

  async invalidateTags(tags: readonly string[], options: { mode?: RemovalMode } = {}): Promise<Invalidation> {
    const transaction = this.#current();
    if (!transaction) return this.#cache.invalidateTags(tags, options);
    checkObject('options', options);
    const mode = oneOf('mode', options.mode ?? 'delete', ['delete', 'expire']);
    const names = checkTags(tags);
    if (names.some((tag) => tag.startsWith(KEY_TAG))) refuse('tag', 'none that begins with #', 'ERR_TAG');
    return this.#gather(transaction, { namespace: this.#namespace, kind: 'tags', mode, names });
  }

  async clear(pattern?: string | { prefix: Key }): Promise<Invalidation> {
    const transaction = this.#current();
    if (!transaction) return this.#cache.clear(pattern);
    NAMES.pattern(pattern);
    const waiting = typeof pattern === 'object' ? { prefix: toKeyString(pattern.prefix) } : pattern;
    const place = { namespace: this.#namespace, kind: 'clear' } as const;
    return this.#gather(transaction, waiting === undefined ? place : { ...place, pattern: waiting });
  }

  async getOrSet<T, P = T>(key: Key, loader: Loader<T, P>, options?: GetOrSetOptions): Promise<T> {
    if (!this.#current()) return this.#cache.getOrSet<T, P>(key, loader, options);
    checkFunction('loader', loader);
    return loadAlone(toKeyString(key), loader, options?.signal);
  }

  async getOrSetMany<T>(
    keys: readonly Key[],
    load: ManyLoader<T>,
    options: ManyOptions = {},
  ): Promise<Map<string, T>> {
    if (!this.#current()) return this.#cache.getOrSetMany<T>(keys, load, options);
    checkFunction('loader', load);
    return loadManyAlone([...new Set(NAMES.fullAll(keys))], load, options);
  }

  increment(key: Key, by?: number, options?: { ttl?: Duration | 'forever' }): Promise<number> {
    return this.#cache.increment(key, by, options);
  }

  keys(pattern?: string): AsyncIterable<string> {
    return this.#cache.keys(pattern);
  }

  size(): Promise<number> {
    return this.#cache.size();
  }

  namespace(name: string, options?: NamespaceOptions): Cache {
    const below = this.#cache.namespace(name, options);
    return new TransactionalCache(below, this.#current, [...this.#namespace, name]);
  }

  /** The same cache for values of one shape. */
  withShape(make: (scope: Scope) => Shape): Cache {
    const shaped = shapedCache(this.#cache, make);
    return new TransactionalCache(shaped, this.#current, this.#namespace);
  }

  track<T>(fn: () => T | Promise<T>): Promise<{ value: T; tags: string[] }> {
    return this.#cache.track(fn);
  }

  stats(): Promise<CacheStats> {
    return this.#cache.stats();
  }

  on<N extends CacheEventName>(event: N, listener: CacheListener<N>): () => void {
    return this.#cache.on(event, listener);
  }

  connect(options?: { timeout?: Duration }): Promise<void> {
    return this.#cache.connect(options);
  }

  close(): Promise<void> {
    return this.#cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #gatherKeys(transaction: Transaction, keys: readonly Key[], mode: RemovalMode): Invalidation {
    const names = NAMES.fullAll(keys);
    return this.#gather(transaction, { namespace: this.#namespace, kind: 'keys', mode, names });
  }

  #gather(transaction: Transaction, removal: PendingRemoval): Invalidation {
    transaction.pending.add(removal);
    return GATHERED;
  }
}
