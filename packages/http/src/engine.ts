import { type Cache, CacheError, type Invalidation, type MaybePromise } from '@keepsake/core';
import { ByteBudget } from './budget.ts';
import { withinDeadline } from './deadline.ts';
import type { Digest } from './digest.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange } from './exchange.ts';
import { Flights } from './flights.ts';
import type { Verdict } from './forward.ts';
import { isPromise } from './is-promise.ts';
import { GroupOrigins } from './group-origins.ts';
import type { Handle, PurgeTarget } from './handle.ts';
import { PendingRemovals } from './invalidations.ts';
import { COMMIT_LIMIT_MS, MAX_COLLECTED_BYTES } from './limits.ts';
import { type HttpCacheOptions, type ResolvedHttpOptions, resolveHttpOptions } from './options.ts';
import { PassList } from './pass-list.ts';
import { Passer } from './passer.ts';
import { readPurgeTarget } from './purge-target.ts';
import { ReadPath } from './read-path.ts';
import { reflectionWatch } from './reflection-watch.ts';
import { parseAbsoluteTarget, parseRequestLineTarget, type RequestTarget } from './request-target.ts';
import { ResponseStore } from './response-store.ts';
import { mustBypass, namesOtherHost } from './rules/bypass.ts';
import { isReadMethod, isSafeMethod } from './rules/method.ts';
import { StoredAges } from './stored-ages.ts';
import { toldBy } from './told-by.ts';
import { warnOnce } from './warn-once.ts';
import { WriteForward } from './write-forward.ts';

/**
 * The response cache, in no framework's shape: an adapter shows it each request and does what the verdict
 * says. A store that is dead or slow, and every error of our own, end in asking the handler.
 */
export class HttpCacheEngine implements Handle {
  readonly #parts: EngineParts;
  readonly #options: ResolvedHttpOptions;
  readonly #removals = new PendingRemovals();
  readonly #reads: ReadPath;
  #isTracking = false;

  constructor(cache: Cache, options: ResolvedHttpOptions, digest: Digest, onError: (error: unknown) => void) {
    this.#options = options;
    const store = new ResponseStore(cache, options, digest);
    const flights = new Flights(options.clock);
    this.#parts = {
      options,
      digest,
      store,
      flights,
      ages: new StoredAges(options.clock),
      groups: new GroupOrigins(store.cache),
      passList: new PassList(options.clock),
      unshared: new PassList(options.clock),
      budget: new ByteBudget(MAX_COLLECTED_BYTES),
      remove: (url) => this.#remove(url),
      invalidateTags: (tags) => this.#invalidateTags(tags),
      isTracking: () => this.#isTracking,
      watch: reflectionWatch(options),
      onError,
    };
    this.#reads = new ReadPath(this.#parts, this.#removals);
    store.cache.on('tag.invalidated', ({ tags }) => flights.invalidateTags(tags));
    // A cache without `tracking` refuses; nothing else tells.
    store.cache
      .track(() => undefined)
      .then(
        () => (this.#isTracking = true),
        () => (this.#isTracking = false),
      );
  }

  /** At once, where nothing is to be waited for: then a hit leaves in the turn that its request came in. Never rejects. */
  receive(exchange: Exchange): MaybePromise<Verdict> {
    const failed = (error: unknown): Verdict => {
      this.#parts.onError(error);
      return this.#pass(exchange, 'miss');
    };
    try {
      const verdict = this.#decide(exchange);
      return isPromise(verdict) ? verdict.catch(failed) : verdict;
    } catch (error) {
      return failed(error);
    }
  }

  async purge(given: PurgeTarget): Promise<Invalidation> {
    const target = readPurgeTarget(given);
    if ('tag' in target) return this.#purgeTags([target.tag]);
    if ('group' in target) {
      const own = this.#options.origin;
      return this.#purgeTags(await this.#parts.groups.tagsOf(target.group, own));
    }
    const parsed = this.#parseUrl(target.url);
    if (!parsed) {
      throw new CacheError(
        'ERR_HTTP_OPTION',
        "purge: expected an absolute URL, or a path where the option 'origin' is set",
      );
    }
    await this.#parts.store.slots.prepare(parsed);
    return this.#remove(this.#parts.store.slots.urlOf(parsed));
  }

  #decide(exchange: Exchange): MaybePromise<Verdict> {
    const { method, target, fields } = exchange.request;
    if (!isReadMethod(method)) return this.#write(exchange);
    if (!target || mustBypass(fields) || exchange.isBypassed()) return this.#pass(exchange, 'bypass');
    // With a configured origin the host of a request means nothing to key and application alike.
    if (!this.#options.origin && namesOtherHost(target, fields)) return this.#pass(exchange, 'bypass');
    return this.#reads.receive(exchange, target);
  }

  async #write(exchange: Exchange): Promise<Verdict> {
    const { method, target, fields } = exchange.request;
    if (isSafeMethod(method) || !target) return this.#pass(exchange, 'method');
    if (this.#options.noVarySearch) await this.#inTime(this.#parts.store.slots.prepare(target));
    const isShared =
      !this.#reads.isForItself(exchange) && !exchange.isBypassed() && !namesOtherHost(target, fields);
    const seat = method === 'POST' && isShared ? await this.#reads.seatPost(target, fields) : undefined;
    return { kind: 'forward', forward: new WriteForward(this.#parts, exchange, target, seat) };
  }

  #pass(exchange: Exchange, reason: 'bypass' | 'method' | 'miss'): Verdict {
    return { kind: 'forward', forward: new Passer(this.#parts, exchange, { reason }) };
  }

  /** Flights that began before the removal are out of sight at once, before the store is even asked. */
  async #remove(url: string): Promise<Invalidation> {
    this.#parts.flights.detach(url);
    this.#parts.passList.delete(url);
    this.#parts.unshared.delete(url);
    const removal = this.#inTime(this.#parts.store.invalidate(url));
    this.#removals.track(url, removal);
    return (await removal) ?? NOT_ACKNOWLEDGED;
  }

  async #purgeTags(tags: readonly string[]): Promise<Invalidation> {
    if (tags.length === 0) return { acknowledged: true, count: 0 };
    this.#parts.flights.invalidateTags(tags);
    return this.#parts.store.cache.invalidateTags(tags);
  }

  async #invalidateTags(tags: readonly string[]): Promise<Invalidation> {
    this.#parts.flights.invalidateTags(tags);
    const removal = this.#inTime(this.#parts.store.cache.invalidateTags(tags));
    this.#removals.trackAll(removal);
    return (await removal) ?? NOT_ACKNOWLEDGED;
  }

  /** Never rejects. */
  async #inTime<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      const done = await withinDeadline(work, COMMIT_LIMIT_MS, this.#options.clock);
      return done === 'late' ? undefined : done;
    } catch (error) {
      this.#parts.onError(error);
      return undefined;
    }
  }

  #parseUrl(url: string): RequestTarget | undefined {
    const { origin } = this.#options;
    if (!url.startsWith('/')) return parseAbsoluteTarget(url);
    return origin && parseRequestLineTarget(origin.scheme, origin.authority, url);
  }
}

const NOT_ACKNOWLEDGED: Invalidation = { acknowledged: false, count: undefined };

/** An engine for an adapter's options. */
export const createEngine = <Req>(options: HttpCacheOptions<Req>, digest: Digest): HttpCacheEngine => {
  const resolved = resolveHttpOptions(options);
  const { cache, onError } = options;
  return new HttpCacheEngine(cache, resolved, digest, onError ? toldBy(onError) : warnOnce());
};
