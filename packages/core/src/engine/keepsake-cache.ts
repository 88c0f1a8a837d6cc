/**
 * The facade: checks what the caller gives, decides with pure functions, acts on the tiers, tells the
 * reporter. It is longer than other files: the one place where each public method is one short body.
 */
import { isMiss } from '../backend.ts';
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
import { copyValue } from '../copy.ts';
import { type Duration, toMs, toMsOrForever } from '../duration.ts';
import { classify, type Entry } from '../entry.ts';
import { CacheError } from '../errors.ts';
import type { CacheEventName, CacheListener, Tier } from '../events.ts';
import { compileGlob } from '../glob.ts';
import type { Key } from '../key.ts';
import { type ResolvedOptions, resolveOptions, resolveTimeouts } from '../options.ts';
import type { CacheStats } from '../stats.ts';
import { gatherStats } from './gather-stats.ts';
import type { Flight, Landing } from './flight.ts';
import type { Removal } from './journal.ts';
import type { Keyspace } from './keyspace.ts';
import { type AnyLoader, landEntry, refreshBehind, reportStore, type Scope, startFlight } from './load.ts';
import { type ManyLoader, startBatch } from './load-many.ts';
import { checkTags, type LoadPlan, planLife, planLoad } from './plan.ts';
import { Reporter } from './reporter.ts';
import type { Runtime } from './runtime.ts';
import type { StoreContent } from './near-copy.ts';
import { joinWithin } from './join-within.ts';

/** What a cache and its namespaces have in common and none can have for itself. */
const SHARED_OPTIONS = [
  'l1',
  'l2',
  'namespace',
  'clock',
  'staleness',
  'l2Timeout',
  'maxConcurrentLoads',
] as const;

/** The Cache of createCache and of namespace(). */
export class KeepsakeCache implements Cache {
  readonly name: string;
  readonly #runtime: Runtime;
  readonly #options: ResolvedOptions;
  readonly #space: Keyspace;
  readonly #reporter: Reporter;
  readonly #scope: Scope;
  readonly #onClose: (() => Promise<void>) | undefined;

  constructor(
    runtime: Runtime,
    options: ResolvedOptions,
    space: Keyspace,
    reporter: Reporter,
    onClose?: () => Promise<void>,
  ) {
    this.name = options.name;
    this.#runtime = runtime;
    this.#options = options;
    this.#space = space;
    this.#reporter = reporter;
    this.#onClose = onClose;
    this.#scope = {
      runtime,
      options,
      reporter,
      localKey: (key) => space.local(key),
      fullTag: (tag) => space.fullTag(tag),
    };
  }

  async get<T>(key: Key): Promise<T | undefined> {
    const full = this.#space.full(key);
    const near = this.#runtime.tiers.peek(full, 'read');
    if (!(near instanceof Promise) && !isMiss(near)) {
      const served = this.#serve(full, near, 'l1');
      if (served) return served.value as T | undefined;
    }
    const found = await this.#runtime.tiers.read(full, 'read');
    const served = found.entry && this.#serve(full, found.entry, found.tier);
    if (served) return served.value as T | undefined;
    this.#reporter.miss(full, found.entry ? 'expired' : found.reason);
    return undefined;
  }

  async inspect<T>(key: Key): Promise<Inspection<T>> {
    const full = this.#space.full(key);
    const found = await this.#runtime.tiers.inspect(full);
    const { entry, fence } = found;
    if (!entry) return { outcome: 'miss', reason: found.reason, tags: [], fence };
    const now = this.#runtime.clock.now();
    const state = classify(entry, now);
    const tags = entry.tags.map((tag) => this.#space.localTag(tag));
    if (state === 'expired' || entry.negative) {
      return { outcome: 'miss', reason: entry.negative ? 'negative' : 'expired', tags, fence };
    }
    return {
      outcome: state === 'fresh' ? 'hit' : 'stale',
      tier: found.tier,
      value: landEntry(entry, found.tier, this.#options, state).value as T,
      ageMs: now - entry.createdAt,
      ttlMs: Math.max(0, entry.freshUntil - now),
      tags,
      fence,
    };
  }

  async set(key: Key, value: unknown, options: SetOptions = {}): Promise<boolean> {
    const content = this.#content(key, value, options);
    if (options.fence === undefined) return (await this.#store([content], 'always')) === 1;
    if (options.fence.key !== content.key) {
      throw new CacheError('ERR_OPTION', 'fence: it was handed out for another key');
    }
    this.#runtime.flights.end(content.key);
    const outcome = await this.#runtime.tiers.fill(content, options.fence, options.fence.takenAt);
    return reportStore(this.#reporter, content.key, outcome, content.life.freshMs);
  }

  async setIfAbsent(key: Key, value: unknown, options: Omit<SetOptions, 'fence'> = {}): Promise<boolean> {
    return (await this.#store([this.#content(key, value, options)], 'absent')) === 1;
  }

  async setMany(
    entries: Iterable<readonly [Key, unknown]> | Readonly<Record<string, unknown>>,
    options: Omit<SetOptions, 'fence'> = {},
  ): Promise<number> {
    if (typeof entries !== 'object' || entries === null) {
      throw new CacheError('ERR_VALUE', 'setMany: expected entries, as an iterable of pairs or an object');
    }
    const pairs = Symbol.iterator in entries ? [...entries] : Object.entries(entries);
    return this.#store(
      pairs.map(([key, value]) => this.#content(key, value, options)),
      'always',
    );
  }

  async has(key: Key): Promise<boolean> {
    const found = await this.#runtime.tiers.read(this.#space.full(key), 'read');
    return found.entry !== undefined && this.#isServable(found.entry);
  }

  async ttl(key: Key): Promise<number | undefined> {
    const full = this.#space.full(key);
    const entry = await this.#runtime.tiers.ask('ttl', (backend) => backend.get(full, 'read'));
    if (!entry || isMiss(entry) || entry.negative) return undefined;
    const leftMs = entry.freshUntil - this.#runtime.clock.now();
    return leftMs > 0 ? leftMs / 1_000 : undefined;
  }

  async touch(key: Key, ttl: Duration | 'forever'): Promise<boolean> {
    const full = this.#space.full(key);
    const life = planLife({ ttl }, this.#options);
    return this.#runtime.tiers.touch(full, life);
  }

  async getMany<T>(keys: readonly Key[]): Promise<Map<string, T>> {
    const fulls = this.#space.fullAll(keys);
    const found = await this.#runtime.tiers.readMany(fulls, 'read');
    const hits = new Map<string, T>();
    for (const [i, full] of fulls.entries()) {
      const one = found[i];
      const served = one?.entry && this.#serve(full, one.entry, one.tier);
      if (!served) this.#reporter.miss(full, one && !one.entry ? one.reason : 'expired');
      else if (!one.entry.negative) hits.set(this.#space.local(full), served.value as T);
    }
    return hits;
  }

  delete(key: Key): Promise<Invalidation> {
    return this.deleteMany([key]);
  }

  async deleteMany(keys: readonly Key[]): Promise<Invalidation> {
    const fulls = this.#space.fullAll(keys);
    const result = await this.#remove({ kind: 'keys', keys: fulls, mode: 'delete' }, () => {
      for (const full of fulls) this.#runtime.flights.end(full);
    });
    for (const full of fulls) this.#reporter.deleted(full);
    return result;
  }

  async expire(key: Key): Promise<Invalidation> {
    const full = this.#space.full(key);
    const result = await this.#remove({ kind: 'keys', keys: [full], mode: 'expire' }, () =>
      this.#runtime.flights.end(full),
    );
    this.#reporter.emit('entry.expired', { key: full }, {});
    return result;
  }

  async invalidateTags(
    tags: readonly string[],
    options: { mode?: 'delete' | 'expire' } = {},
  ): Promise<Invalidation> {
    const mode = options.mode ?? 'delete';
    const fulls = checkTags(tags).map((tag) => this.#space.fullTag(tag));
    // Which loads will turn out to carry the tag is not known yet: nobody joins any that began before.
    const result = await this.#remove({ kind: 'tags', tags: fulls, mode }, () =>
      this.#runtime.flights.endMatching(() => true),
    );
    this.#reporter.tagsInvalidated(tags);
    return result;
  }

  async clear(pattern?: string | { prefix: Key }): Promise<Invalidation> {
    const full = this.#space.pattern(pattern);
    const matches = compileGlob(full, 'any length');
    return this.#remove({ kind: 'clear', pattern: full }, () => this.#runtime.flights.endMatching(matches));
  }

  async getOrSet<T, P = T>(
    key: Key,
    loader: (context: LoadContext<P>) => T | Promise<T>,
    options: GetOrSetOptions = {},
  ): Promise<T> {
    const full = this.#space.full(key);
    if (typeof loader !== 'function')
      throw new CacheError('ERR_OPTION', 'getOrSet: the loader is no function');
    options.signal?.throwIfAborted();
    const plan = planLoad(options, this.#options);
    const { tiers } = this.#runtime;
    if (options.forceRefresh !== true) {
      const peeked = tiers.peek(full, 'read');
      const near = peeked instanceof Promise ? await peeked : peeked;
      const served = isMiss(near) ? undefined : this.#serve(full, near, 'l1');
      if (served) {
        if (served.source === 'stale') refreshBehind(this.#scope, full, plan, loader as AnyLoader);
        return served.value as T;
      }
    }
    const { flight, joined } = this.#takeOff(full, plan, loader as AnyLoader, options.forceRefresh === true);
    return (await this.#land(flight, options, joined)).value as T;
  }

  async getOrSetMany<T>(
    keys: readonly Key[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, T]>>,
    options: Omit<GetOrSetOptions, 'forceRefresh'> & { partial?: boolean } = {},
  ): Promise<Map<string, T>> {
    const fulls = [...new Set(this.#space.fullAll(keys))];
    if (typeof load !== 'function')
      throw new CacheError('ERR_OPTION', 'getOrSetMany: the loader is no function');
    options.signal?.throwIfAborted();
    const plan = planLoad(options, this.#options);
    const inFlight = new Map(fulls.map((full) => [full, this.#runtime.flights.find(full)]));
    const own = new Set(fulls.filter((full) => !inFlight.get(full)));
    for (const flight of startBatch(this.#scope, [...own], plan, load as ManyLoader))
      inFlight.set(flight.key, flight);
    const results = await Promise.allSettled(
      fulls.map((full) => this.#land(inFlight.get(full) as Flight, options, !own.has(full))),
    );
    const values = new Map<string, T>();
    const failures: unknown[] = [];
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') failures.push(result.reason);
      else if (result.value.value !== undefined) {
        values.set(this.#space.local(fulls[i] as string), result.value.value as T);
      }
    }
    options.signal?.throwIfAborted();
    if (failures.length === 0 || options.partial === true) return values;
    // One error for all keys is the loader's own and is passed on as it is.
    if (failures.length === fulls.length && new Set(failures).size === 1) throw failures[0];
    throw new CacheError('ERR_LOAD_MANY', `getOrSetMany: ${failures.length} of ${fulls.length} keys failed`, {
      cause: failures[0],
    });
  }

  async increment(key: Key, by = 1, options: { ttl?: Duration | 'forever' } = {}): Promise<number> {
    const full = this.#space.full(key);
    if (!Number.isSafeInteger(by)) throw new CacheError('ERR_COUNTER', 'increment: `by` is no safe integer');
    const ttlMs = options.ttl === undefined ? this.#options.ttlMs : toMsOrForever(options.ttl);
    this.#runtime.flights.end(full);
    return this.#runtime.tiers.strictly('increment', (backend) => backend.increment(full, by, ttlMs));
  }

  async *keys(pattern = '*'): AsyncIterable<string> {
    const full = this.#space.pattern(pattern);
    for await (const key of this.#runtime.tiers.keys(full)) yield this.#space.local(key);
  }

  async size(): Promise<number> {
    const pattern = this.#space.namespace === '' ? undefined : this.#space.pattern();
    return (await this.#runtime.tiers.ask('size', (backend) => backend.size(pattern), 'walk')) ?? 0;
  }

  namespace(name: string, options: NamespaceOptions = {}): Cache {
    for (const option of SHARED_OPTIONS) {
      if (option in options)
        throw new CacheError('ERR_OPTION', `namespace: ${option} is that of the whole cache`);
    }
    const space = this.#space.below(name);
    const own = Object.freeze({
      ...resolveOptions(options, this.#options),
      namespace: space.namespace,
    });
    const reporter = new Reporter(own, own.clock, own.logger, this.#reporter);
    return new KeepsakeCache(this.#runtime, own, space, reporter);
  }

  async stats(): Promise<CacheStats> {
    return gatherStats(this.#reporter.counters, this.#runtime.tiers, this.#options, await this.size());
  }

  on<N extends CacheEventName>(event: N, listener: CacheListener<N>): () => void {
    return this.#reporter.on(event, listener);
  }

  async connect(options: { timeout?: Duration } = {}): Promise<void> {
    const timeoutMs = toMs(options.timeout ?? 5, 'timeout');
    await this.#runtime.tiers.l1?.connect(timeoutMs);
    await this.#runtime.tiers.l2?.connect(timeoutMs);
  }

  /** Closes the backends that this cache was made with; of a namespace: nothing, its parent owns them. */
  async close(): Promise<void> {
    await this.#onClose?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The answer of an entry to a plain read, counted; undefined where it may not be served. */
  #serve(full: string, entry: Entry, tier: Tier): Landing | undefined {
    const state = classify(entry, this.#runtime.clock.now());
    if (state !== 'fresh' && state !== 'swr') return undefined;
    const landing = landEntry(entry, tier, this.#options, state);
    this.#reporter.hit(full, tier, { stale: state === 'swr', negative: entry.negative });
    if (entry.slidingMs > 0 && state === 'fresh') this.#slide(full, entry);
    return landing;
  }

  #isServable(entry: Entry): boolean {
    const state = classify(entry, this.#runtime.clock.now());
    return !entry.negative && (state === 'fresh' || state === 'swr');
  }

  /** A hit starts the TTL anew; not waited for, and a failure is the store's event. */
  #slide(full: string, entry: Entry): void {
    const life = {
      freshMs: entry.slidingMs,
      swrMs: entry.swrUntil - entry.freshUntil,
      graceMs: entry.graceUntil - entry.freshUntil,
      slidingMs: entry.slidingMs,
    };
    this.#runtime.tiers.touch(full, life).catch((error: unknown) => {
      this.#reporter.backendFailed(this.#runtime.tiers.l2 ? 'l2' : 'l1', 'touch', error);
    });
  }

  #content(key: Key, value: unknown, options: Omit<SetOptions, 'fence'>): StoreContent {
    const full = this.#space.full(key);
    if (value === undefined)
      throw new CacheError('ERR_VALUE', 'set: undefined means "no value"; use null or delete');
    return {
      key: full,
      value: this.#options.isolation === 'copy' ? copyValue(value) : value,
      life: planLife(options, this.#options),
      ageMs: 0,
      costMs: 0,
      negative: false,
      tags: checkTags(options.tags ?? []).map((tag) => this.#space.fullTag(tag)),
      version: 0,
      maxBytes: this.#options.maxValueBytes,
    };
  }

  async #store(contents: readonly StoreContent[], condition: 'always' | 'absent'): Promise<number> {
    const { flights, tiers } = this.#runtime;
    for (const { key } of contents) flights.end(key);
    const outcomes = await tiers.store(contents, condition);
    for (const { key } of contents) flights.end(key);
    return contents.filter((content, i) =>
      reportStore(this.#reporter, content.key, outcomes[i] ?? 'unknown', content.life.freshMs),
    ).length;
  }

  /** Ends what may be joined before and after: a load that began meanwhile may have read the old value. */
  async #remove(removal: Removal, endFlights: () => void): Promise<Invalidation> {
    endFlights();
    const result = await this.#runtime.tiers.remove(removal);
    endFlights();
    return result;
  }

  /** Waits for a flight as long as this caller cares to, and counts what it got. */
  async #land(flight: Flight, options: GetOrSetOptions, joined: boolean): Promise<Landing> {
    if (joined) this.#reporter.joined(flight.key);
    const { deadlineMs } = resolveTimeouts(options, this.#options);
    const landing = await joinWithin(flight, options.signal, deadlineMs, this.#runtime.clock);
    if (landing.source === 'loader') {
      this.#reporter.miss(flight.key, flight.reason);
    } else {
      const tier = landing.source === 'l1' || landing.source === 'l2' ? landing.source : undefined;
      const how = { stale: landing.source === 'stale', negative: landing.source === 'negative' };
      this.#reporter.hit(flight.key, tier, how);
    }
    return landing;
  }

  #takeOff(
    full: string,
    plan: LoadPlan,
    loader: AnyLoader,
    forced: boolean,
  ): { flight: Flight; joined: boolean } {
    const known = this.#runtime.flights.find(full);
    if (known && (!forced || known.kind === 'forced')) return { flight: known, joined: true };
    return {
      flight: startFlight(this.#scope, full, plan, loader, forced ? 'forced' : 'load'),
      joined: false,
    };
  }
}
