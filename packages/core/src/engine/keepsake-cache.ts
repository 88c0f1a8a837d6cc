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
import { checkFunction, checkObject, checkPort, isObject, oneOf, refuse } from '../check.ts';
import { type Duration, toMs, toMsOrForever } from '../duration.ts';
import { classify, type Entry, type MissReason } from '../entry.ts';
import { CacheError } from '../errors.ts';
import type { CacheEventName, CacheListener, Tier } from '../events.ts';
import type { Fence } from '../fence.ts';
import { compileGlob } from '../glob.ts';
import type { Key } from '../key.ts';
import { KEY_TAG, keyTag } from '../key-tag.ts';
import { CoarseClock } from '../memory/coarse-clock.ts';
import type { MemoryBackend } from '../memory/memory-backend.ts';
import { type ResolvedOptions, resolveOptions, SHARED_OPTIONS } from '../options.ts';
import type { Removal } from '../removal.ts';
import type { CacheStats } from '../stats.ts';
import type { Flight, Landing } from './flight.ts';
import { gatherStats } from './gather-stats.ts';

import { contentFor, isolated, reportStore } from './keep.ts';
import type { Keyspace } from './keyspace.ts';
import { isDueEarly, refreshBehind, type Runner, startLoad } from './load.ts';
import { type ManyLoader, type Loader, runMany, runOne } from './loaders.ts';
import type { StoreContent } from './near-copy.ts';
import { checkTags, type LoadPlan, MAX_TAGS, planLife, planLoad } from './plan.ts';
import { Reporter } from './reporter.ts';
import type { Runtime, Scope } from './runtime.ts';
import type { Shape } from './tiers.ts';

type GetOrSetManyOptions = Omit<GetOrSetOptions, 'forceRefresh'> & { partial?: boolean };

const NO_OPTIONS: GetOrSetOptions = Object.freeze({});
const NOTHING = Object.freeze({});

/** What one of the tiers has, or why none has. */
interface Answer {
  readonly entry: Entry | undefined;
  readonly tier?: Tier;
  readonly reason?: MissReason;
}

/** The Cache of createCache and of namespace(). */
export class KeepsakeCache implements Cache {
  readonly name: string;
  readonly tiers: readonly Tier[];
  readonly #runtime: Runtime;
  readonly #options: ResolvedOptions;
  readonly #space: Keyspace;
  readonly #reporter: Reporter;
  readonly #scope: Scope;
  readonly #onClose: (() => Promise<void>) | undefined;
  /** Without L2 a reading of the clock may be shared; with it staleness is judged exactly. */
  readonly #clock: { now(): number };
  readonly #plan: LoadPlan | undefined;
  /** L1 where it is all there is, and any value of it will do. */
  readonly #memory: MemoryBackend | undefined;

  constructor(scope: Scope, onClose?: () => Promise<void>) {
    const { runtime, options, reporter, space } = scope;
    this.name = options.name;
    this.tiers = (['l1', 'l2'] as const).filter((tier) => runtime.tiers[tier] !== undefined);
    this.#scope = scope;
    this.#runtime = runtime;
    this.#options = options;
    this.#space = space;
    this.#reporter = reporter;
    this.#onClose = onClose;
    this.#memory = scope.shape ? undefined : runtime.tiers.memoryAlone;
    this.#clock = runtime.tiers.l2 ? runtime.clock : new CoarseClock(runtime.clock);
    this.#plan = options.ttlJitter === 0 ? planLoad(NO_OPTIONS, options) : undefined;
  }

  /** The same cache for values of one shape. */
  withShape(make: (scope: Scope) => Shape): Cache {
    return new KeepsakeCache({ ...this.#scope, shape: make(this.#scope) });
  }

  async get<T>(key: Key): Promise<T | undefined> {
    const probe = this.#space.probe(key);
    const near = this.#near(probe);
    if (near !== undefined) return this.#serve(probe, near, 'l1') as T | undefined;
    const full = this.#space.full(key);
    return this.#answer(full, await this.#runtime.tiers.read(full, 'read', this.#scope.shape)) as
      T | undefined;
  }

  getSync<T>(key: Key): T | undefined {
    const probe = this.#space.probe(key);
    const near = this.#near(probe);
    return near && (this.#serve(probe, near, 'l1') as T | undefined);
  }

  async getMany<T>(keys: readonly Key[]): Promise<Map<string, T>> {
    const fulls = this.#space.fullAll(keys);
    const { tiers } = this.#runtime;
    const near = fulls.map((full) => this.#near(full));
    const unknown = fulls.filter((_, i) => !near[i]);
    const far = unknown.length > 0 ? await tiers.readMany(unknown, 'read', this.#scope.shape) : [];
    const hits = new Map<string, T>();
    let next = 0;
    for (const [i, full] of fulls.entries()) {
      const entry = near[i];
      const value = this.#answer(full, entry ? { entry, tier: 'l1' } : far[next]);
      if (!entry) next += 1;
      if (value !== undefined) hits.set(this.#space.local(full), value as T);
    }
    return hits;
  }

  async inspect<T>(key: Key): Promise<Inspection<T>> {
    const full = this.#space.full(key);
    const found = await this.#runtime.tiers.inspect(full, this.#scope.shape);
    const { entry, fence } = found;
    this.#depend(full, entry);
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
      value: isolated(this.#scope, entry.value) as T,
      ageMs: now - entry.createdAt,
      ttlMs: Math.max(0, entry.freshUntil - now),
      tags,
      fence,
    };
  }

  async has(key: Key): Promise<boolean> {
    const full = this.#space.full(key);
    const { entry } = await this.#runtime.tiers.read(full, 'read', this.#scope.shape);
    this.#depend(full, entry);
    return entry !== undefined && !entry.negative && this.#runtime.clock.now() < entry.swrUntil;
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
    return this.#runtime.tiers.touch(full, toMsOrForever(ttl));
  }

  async set(key: Key, value: unknown, options: SetOptions = {}): Promise<boolean> {
    const content = this.#content(key, value, options);
    if (options.fence === undefined) return (await this.#store([content], 'always')) === 1;
    if ((options.fence as Fence | null)?.key !== content.key) refuse('fence', 'one of this key');
    this.#runtime.flights.end(content.key);
    const outcome = await this.#runtime.tiers.fill(content, options.fence, options.fence.takenAt);
    return reportStore(this.#reporter, content, outcome);
  }

  async setIfAbsent(key: Key, value: unknown, options: Omit<SetOptions, 'fence'> = {}): Promise<boolean> {
    return (await this.#store([this.#content(key, value, options)], 'absent')) === 1;
  }

  async setMany(
    entries: Iterable<readonly [Key, unknown]> | Readonly<Record<string, unknown>>,
    options: Omit<SetOptions, 'fence'> = {},
  ): Promise<number> {
    const given = isObject(entries) ? entries : [entries]; // what is no object is no pair either
    const pairs = Symbol.iterator in given ? [...given] : Object.entries(given);
    if (!pairs.every(Array.isArray)) refuse('setMany', 'pairs, or an object', 'ERR_VALUE');
    return this.#store(
      pairs.map(([key, value]) => this.#content(key, value, options)),
      'always',
    );
  }

  delete(key: Key): Promise<Invalidation> {
    return this.deleteMany([key]);
  }

  async deleteMany(keys: readonly Key[]): Promise<Invalidation> {
    const fulls = this.#space.fullAll(keys);
    const result = await this.#removeKeys(fulls, 'delete');
    for (const key of fulls) this.#reporter.tell('entry.deleted', { key }, {});
    return result;
  }

  async expire(key: Key): Promise<Invalidation> {
    const full = this.#space.full(key);
    const result = await this.#removeKeys([full], 'expire');
    this.#reporter.tell('entry.expired', { key: full }, {});
    return result;
  }

  async invalidateTags(
    tags: readonly string[],
    options: { mode?: 'delete' | 'expire' } = {},
  ): Promise<Invalidation> {
    checkObject('options', options);
    const mode = oneOf('mode', options.mode ?? 'delete', ['delete', 'expire']);
    const fulls = checkTags(tags).map((tag) => this.#space.fullTag(tag));
    if (tags.some((tag) => tag.startsWith(KEY_TAG))) refuse('tag', 'none that begins with #', 'ERR_TAG');
    // Which loads will turn out to carry the tag is not known yet: nobody joins any that began before.
    const result = await this.#remove({ kind: 'tags', tags: fulls, mode }, () =>
      this.#runtime.flights.endMatching(() => true),
    );
    this.#reporter.tell('tag.invalidated', {}, { tags });
    return result;
  }

  async clear(pattern?: string | { prefix: Key }): Promise<Invalidation> {
    const full = this.#space.pattern(pattern);
    const matches = compileGlob(full, 'any length');
    return this.#remove({ kind: 'clear', pattern: full }, () => this.#runtime.flights.endMatching(matches));
  }

  getOrSet<T, P = T>(
    key: Key,
    loader: (context: LoadContext<P>) => T | Promise<T>,
    options: GetOrSetOptions = NO_OPTIONS,
  ): Promise<T> {
    // Not an async function: its promise would be one more for each of those who join a load.
    try {
      return Promise.resolve(this.#getOrSet(key, loader as Loader, options)) as Promise<T>;
    } catch (error) {
      return Promise.reject(error); // whatever it is, it is passed on
    }
  }

  #getOrSet(key: Key, loader: Loader, options: GetOrSetOptions): unknown {
    checkFunction('loader', loader);
    const plan = this.#planLoad(options);
    if (options.forceRefresh !== true) {
      const probe = this.#space.probe(key);
      const near = this.#near(probe);
      if (near !== undefined) {
        if (this.#isDue(near)) {
          const seen = new Map([[probe, near]]);
          refreshBehind(this.#scope, seen, plan, runOne(this.#scope, loader));
        }
        return this.#serve(probe, near, 'l1');
      }
    }
    const full = this.#space.full(key);
    const known = this.#runtime.flights.find(full, this.#scope.shape);
    const kind = options.forceRefresh === true ? 'forced' : 'load';
    if (known && (kind === 'load' || known.kind === 'forced')) {
      return this.#land(known, plan, options.signal, true);
    }
    const [flight] = startLoad(this.#scope, [full], plan, runOne(this.#scope, loader), kind);
    return this.#land(flight as Flight, plan, options.signal, false); // one key, one flight
  }

  async getOrSetMany<T>(
    keys: readonly Key[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, T]>>,
    options: GetOrSetManyOptions = NO_OPTIONS,
  ): Promise<Map<string, T>> {
    const fulls = [...new Set(this.#space.fullAll(keys))];
    checkFunction('loader', load);
    const plan = this.#planLoad(options);
    const runner = runMany(this.#scope, load as ManyLoader);
    const { flights } = this.#runtime;
    const answers = this.#answersNear(fulls, plan, runner);
    const missing = fulls.filter((full) => !answers.has(full));
    const inFlight = new Map(missing.map((full) => [full, flights.find(full, this.#scope.shape)]));
    const own = missing.filter((full) => !inFlight.get(full));
    const started = own.length > 0 ? startLoad(this.#scope, own, plan, runner, 'load') : [];
    for (const flight of started) inFlight.set(flight.key, flight);
    const isOwn = new Set(own);
    const results = await Promise.allSettled(
      missing.map((full) => this.#land(inFlight.get(full) as Flight, plan, options.signal, !isOwn.has(full))),
    );
    const failures: unknown[] = [];
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') failures.push(result.reason);
      else answers.set(missing[i] ?? '', result.value);
    }
    options.signal?.throwIfAborted();
    if (failures.length > 0 && options.partial !== true) {
      // One error for all keys is the loader's own and is passed on as it is.
      if (failures.length === fulls.length && new Set(failures).size === 1) throw failures[0];
      const text = `getOrSetMany: ${failures.length} of ${fulls.length} keys failed`;
      throw new CacheError('ERR_LOAD_MANY', text, { cause: failures[0] });
    }
    const values = new Map<string, T>();
    for (const full of fulls) {
      const value = answers.get(full);
      if (value !== undefined) values.set(this.#space.local(full), value as T);
    }
    return values;
  }

  async increment(key: Key, by = 1, options: { ttl?: Duration | 'forever' } = {}): Promise<number> {
    const full = this.#space.full(key);
    checkObject('options', options);
    if (!Number.isSafeInteger(by))
      throw new CacheError('ERR_COUNTER', 'increment: it is, or would be, no safe integer');
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
    const space = this.#space.below(name);
    const own = Object.freeze({ ...resolveOptions(options, this.#options), namespace: space.namespace });
    for (const option of SHARED_OPTIONS) {
      if (option in options) refuse(option, 'that of the whole cache');
    }
    const reporter = new Reporter(own, own.clock, own.logger, this.#reporter);
    return new KeepsakeCache({ runtime: this.#runtime, options: own, reporter, space, shape: undefined });
  }

  async track<T>(fn: () => T | Promise<T>): Promise<{ value: T; tags: string[] }> {
    const { tracking } = this.#options;
    if (!tracking) return refuse('track', 'a cache with `tracking`');
    checkFunction('track', fn);
    const outer = tracking.current();
    const scope = new Set<string>();
    try {
      const value = await tracking.run(scope, fn);
      return { value, tags: [...scope].map((tag) => this.#space.localTag(tag)) };
    } finally {
      // A loader that tracks a part of its work depends on that part as well.
      for (const tag of scope) if (outer && outer.size <= MAX_TAGS) outer.add(tag);
    }
  }

  async stats(): Promise<CacheStats> {
    const isWhole = this.#onClose !== undefined;
    const { counters } = this.#reporter;
    return gatherStats(counters, this.#runtime.tiers, await this.size(), isWhole);
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

  /** What L1 has and may serve: fresh, or stale and served at once. What has no windows is fresh while it is there. */
  #near(full: string): Entry | undefined {
    const near =
      this.#memory === undefined
        ? this.#runtime.tiers.near(full, this.#scope.shape)
        : this.#memory.look(full);
    if (near === undefined || near.graceUntil === near.freshUntil) return near;
    return this.#clock.now() < near.swrUntil ? near : undefined;
  }

  /** What an entry answers that may be served, counted. */
  #serve(full: string, entry: Entry, tier: Tier): unknown {
    if (entry.graceUntil !== entry.freshUntil || entry.slidingMs > 0 || entry.negative) {
      this.#countSpecial(full, entry, tier);
    } else {
      this.#reporter.hit(full, tier, false, false);
    }
    if (this.#options.tracking !== undefined) this.#depend(full, entry);
    const { value } = entry;
    return typeof value !== 'object' || this.#runtime.tiers.givesAway(tier)
      ? value
      : isolated(this.#scope, value);
  }

  #countSpecial(full: string, entry: Entry, tier: Tier): void {
    const isFresh = this.#isFresh(entry);
    this.#reporter.hit(full, tier, !isFresh, entry.negative);
    if (entry.slidingMs > 0 && isFresh) this.#slide(full, entry);
  }

  #isFresh(entry: Entry): boolean {
    return entry.graceUntil === entry.freshUntil || this.#clock.now() < entry.freshUntil;
  }

  /** What a plain read answers, counted. */
  #answer(full: string, found: Answer | undefined): unknown {
    if (found?.entry && this.#clock.now() < found.entry.swrUntil) {
      return this.#serve(full, found.entry, found.tier ?? 'l1');
    }
    this.#reporter.tell('entry.missed', { key: full }, { reason: found?.reason ?? 'expired' });
    this.#depend(full, undefined);
    return undefined;
  }

  /** Whoever asks within a loader depends on the key and on what the entry depends on. */
  #depend(full: string, entry: { readonly tags: readonly string[] } | undefined): void {
    const scope = this.#options.tracking?.current();
    if (!scope) return;
    for (const tag of [keyTag(full), ...(entry?.tags ?? [])]) if (scope.size <= MAX_TAGS) scope.add(tag);
  }

  #isDue(entry: Entry): boolean {
    return !this.#isFresh(entry) || isDueEarly(entry, this.#clock, this.#options.earlyBeta);
  }

  /** The answers that L1 has; what is due is refreshed behind, together. */
  #answersNear(fulls: readonly string[], plan: LoadPlan, runner: Runner): Map<string, unknown> {
    const answers = new Map<string, unknown>();
    const due = new Map<string, Entry>();
    for (const full of fulls) {
      const near = this.#near(full);
      if (!near) continue;
      if (this.#isDue(near)) due.set(full, near);
      answers.set(full, this.#serve(full, near, 'l1'));
    }
    refreshBehind(this.#scope, due, plan, runner);
    return answers;
  }

  /** A hit starts the TTL anew; not waited for, and a failure is the store's event. */
  #slide(full: string, entry: Entry): void {
    this.#runtime.tiers.touch(full, entry.slidingMs).catch((error: unknown) => {
      this.#reporter.backendFailed(this.#runtime.tiers.l2 ? 'l2' : 'l1', 'touch', error);
    });
  }

  #planLoad(options: GetOrSetOptions): LoadPlan {
    if (options === NO_OPTIONS && this.#plan) return this.#plan;
    const plan = planLoad(options, this.#options);
    checkPort('signal', options.signal, ['throwIfAborted'])?.throwIfAborted();
    return plan;
  }

  #content(key: Key, value: unknown, options: Omit<SetOptions, 'fence'>): StoreContent {
    const full = this.#space.full(key);
    if (value === undefined) refuse('set', 'a value or null', 'ERR_VALUE');
    return contentFor(this.#scope, full, value, {
      life: planLife(options, this.#options),
      tags: checkTags(options.tags ?? []).map((tag) => this.#space.fullTag(tag)),
      costMs: 0,
    });
  }

  async #store(contents: readonly StoreContent[], condition: 'always' | 'absent'): Promise<number> {
    const { flights, tiers } = this.#runtime;
    const end = (): void => {
      for (const { key } of contents) flights.end(key);
    };
    end();
    const outcomes = await tiers.store(contents, condition);
    end();
    return contents.filter((content, i) => reportStore(this.#reporter, content, outcomes[i])).length;
  }

  #removeKeys(keys: readonly string[], mode: 'delete' | 'expire'): Promise<Invalidation> {
    return this.#remove({ kind: 'keys', keys, mode }, () => {
      for (const key of keys) this.#runtime.flights.end(key);
    });
  }

  /** Ends what may be joined before and after: a load that began meanwhile may have read the old value. */
  async #remove(removal: Removal, endFlights: () => void): Promise<Invalidation> {
    endFlights();
    const result = await this.#runtime.tiers.remove(removal);
    endFlights();
    return result;
  }

  /** Waits for a flight as long as this caller cares to, and counts what it got. */
  #land(
    flight: Flight,
    { deadlineMs }: LoadPlan,
    signal: AbortSignal | undefined,
    isJoined: boolean,
  ): Promise<unknown> {
    if (isJoined) this.#reporter.tell('load.joined', flight, NOTHING);
    return flight.join(this.#runtime.clock, deadlineMs, signal, this.#take);
  }

  readonly #take = ({ key, reason }: Flight, landing: Landing): unknown => {
    const { source } = landing;
    if (source === 'loader') this.#reporter.tell('entry.missed', { key }, { reason });
    else {
      const tier = source === 'l1' || source === 'l2' ? source : undefined;
      this.#reporter.hit(key, tier, source === 'stale', source === 'negative');
    }
    this.#depend(key, landing);
    return landing.value;
  };
}

/**
 * The same cache for values of one shape.
 *
 * @throws CacheError ERR_OPTION for a cache that is not one of createCache.
 */
export const shapedCache = (cache: Cache, make: (scope: Scope) => Shape): Cache => {
  // What stands before a cache of createCache may pass it on.
  const given = cache as Partial<Pick<KeepsakeCache, 'withShape'>> | null | undefined;
  return given?.withShape?.(make) ?? refuse('cache', 'one of createCache');
};
