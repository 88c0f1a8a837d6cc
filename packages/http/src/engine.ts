import { type Cache, CacheError, type Invalidation } from '@keepsake/core';
import { ByteBudget } from './budget.ts';
import { withinDeadline } from './deadline.ts';
import type { Digest } from './digest.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange, ResponseHead } from './exchange.ts';
import { Flights } from './flights.ts';
import type { Verdict } from './forward.ts';
import type { Handle, PurgeTarget } from './handle.ts';
import { affectedTargets, PendingRemovals } from './invalidations.ts';
import { Leader } from './leader.ts';
import { COMMIT_LIMIT_MS, LOOKUP_LIMIT_MS, MAX_COLLECTED_BYTES, MAX_TURNS, WAIT_LIMIT_MS } from './limits.ts';
import { type HttpCacheOptions, type ResolvedHttpOptions, resolveHttpOptions } from './options.ts';
import { PassList } from './pass-list.ts';
import { Passer, type PassOptions } from './passer.ts';
import { readPurgeTarget } from './purge-target.ts';
import { gatewayTimeout, replyFrom } from './reply.ts';
import {
  atOrigin,
  parseAbsoluteTarget,
  parseRequestLineTarget,
  type RequestTarget,
} from './request-target.ts';
import { type Lookup, type Permit, ResponseStore, type Slot, type UrlKey } from './response-store.ts';
import { currentAge } from './rules/age.ts';
import { mustBypass, namesOtherHost } from './rules/bypass.ts';
import { type CacheControl, hasDirective } from './rules/cache-control.ts';
import { invalidates, isReadMethod, isSafeMethod } from './rules/method.ts';
import { requestControlOf, whyNotReusable } from './rules/reusable.ts';
import { matchesVary } from './rules/vary.ts';
import type { StoredResponse } from './stored-response.ts';

/** A read that the store may answer, with what was found out about it. */
interface Read {
  readonly exchange: Exchange;
  readonly urlKey: UrlKey;
  readonly control: CacheControl;
}

/**
 * The response cache, in no framework's shape: an adapter shows it each request and does what the verdict
 * says. A store that is dead or slow, and every error of our own, end in asking the handler.
 */
export class HttpCacheEngine implements Handle {
  readonly #parts: EngineParts;
  readonly #options: ResolvedHttpOptions;
  readonly #removals = new PendingRemovals();

  constructor(cache: Cache, options: ResolvedHttpOptions, digest: Digest, onError: (error: unknown) => void) {
    this.#options = options;
    const store = new ResponseStore(cache, options, digest);
    const flights = new Flights(options.clock);
    this.#parts = {
      options,
      digest,
      store,
      flights,
      passList: new PassList(options.clock),
      budget: new ByteBudget(MAX_COLLECTED_BYTES),
      onError,
    };
    store.cache.on('tag.invalidated', ({ tags }) => flights.invalidateTags(tags));
  }

  async receive(exchange: Exchange): Promise<Verdict> {
    try {
      return await this.#decide(exchange);
    } catch (error) {
      this.#parts.onError(error);
      return this.#pass(exchange, { reason: 'miss' });
    }
  }

  async purge(given: PurgeTarget): Promise<Invalidation> {
    const target = readPurgeTarget(given);
    const { store, flights } = this.#parts;
    if ('tag' in target) {
      flights.invalidateTags([target.tag]);
      return store.cache.invalidateTags([target.tag]);
    }
    const parsed = this.#parseUrl(target.url);
    if (!parsed) {
      throw new CacheError(
        'ERR_HTTP_OPTION',
        "purge: expected an absolute URL, or a path where the option 'origin' is set",
      );
    }
    return this.#remove(store.urlOf(parsed));
  }

  async #decide(exchange: Exchange): Promise<Verdict> {
    const { method, target, fields } = exchange.request;
    if (!isReadMethod(method)) return this.#passWrite(exchange);
    if (!target || mustBypass(fields) || exchange.isBypassed()) {
      return this.#pass(exchange, { reason: 'bypass' });
    }
    // With a configured origin the host of a request means nothing to key and application alike.
    if (!this.#options.origin && namesOtherHost(target, fields))
      return this.#pass(exchange, { reason: 'bypass' });
    const urlKey = this.#parts.store.keyOf(target, fields);
    const read: Read = { exchange, urlKey, control: requestControlOf(fields) };
    const removal = this.#removals.of(urlKey.url);
    if (removal && (await withinDeadline(removal, LOOKUP_LIMIT_MS, this.#options.clock)) === 'late') {
      return this.#pass(exchange, { reason: 'miss' });
    }
    for (const response of this.#parts.flights.pending(urlKey)) {
      if (matchesVary(fields, response.vary) && !this.#whyNot(read, response))
        return this.#serve(read, response);
    }
    const lookup = await this.#guard(this.#parts.store.lookup(urlKey, fields));
    return lookup ? this.#judge(read, lookup) : this.#pass(exchange, { reason: 'miss' });
  }

  #judge(read: Read, { response, slot, miss }: Lookup): Verdict | Promise<Verdict> {
    const why = response && this.#whyNot(read, response);
    if (response && !why) return this.#serve(read, response);
    const { cacheStatus } = this.#options;
    if (hasDirective(read.control, 'only-if-cached'))
      return { kind: 'serve', reply: gatewayTimeout(cacheStatus) };
    if (why === 'credentials') return this.#pass(read.exchange, { reason: 'bypass' });
    if (why === 'request') return this.#refresh(read);
    if (read.exchange.request.method === 'HEAD' || hasDirective(read.control, 'no-store')) {
      return this.#pass(read.exchange, { reason: miss });
    }
    return this.#joinOrLead(read, slot, why === 'stale' ? 'stale' : miss);
  }

  /** Waits for the request that is with the handler for the same slot, or becomes it. */
  async #joinOrLead(read: Read, first: Slot, reason: Lookup['miss']): Promise<Verdict> {
    const { flights, passList, store } = this.#parts;
    const { clock } = this.#options;
    const { fields } = read.exchange.request;
    const deadlineMs = clock.now() + WAIT_LIMIT_MS;
    let slot = first;
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      if (passList.has(read.urlKey.url)) return this.#passUntilStorable(read, reason);
      const flight = flights.find(slot);
      if (!flight) return this.#lead(read, slot, reason);
      if (hasDirective(read.control, 'no-cache')) break;
      const landing = await withinDeadline(flight.landing, deadlineMs - clock.now(), clock);
      if (landing === 'late' || landing.kind === 'unshareable') break;
      if (landing.kind === 'failed') continue;
      const { response, record } = landing;
      if (matchesVary(fields, response.vary)) {
        return this.#whyNot(read, response)
          ? this.#pass(read.exchange, { reason })
          : this.#share(read, response, reason);
      }
      if (!record) break;
      slot = await store.variantSlot(read.urlKey, record, fields);
    }
    return this.#passUntilStorable(read, reason);
  }

  async #lead(read: Read, slot: Slot, reason: Lookup['miss']): Promise<Verdict> {
    const { flights, store } = this.#parts;
    const flight = flights.takeOff(slot);
    if (!flight) return this.#pass(read.exchange, { reason });
    const isStale = (found: StoredResponse): boolean => this.#whyNot(read, found) === 'stale';
    const permit = await this.#guard(store.permit(slot, read.exchange.request.fields, isStale));
    if (!permit || !isStored(permit)) {
      const leader = new Leader(this.#parts, read.exchange, flight, permit, reason);
      return { kind: 'forward', forward: leader };
    }
    // Another process, or a flight that ended since the lookup, has stored it.
    flights.remove(flight);
    flight.land({ kind: 'response', response: permit, record: undefined, tags: [] });
    return this.#whyNot(read, permit) ? this.#pass(read.exchange, { reason }) : this.#serve(read, permit);
  }

  /** RFC 9111 4: the client refused what is stored: what it gets instead ends the stored one. */
  #refresh(read: Read): Verdict {
    const onHead: PassOptions['onHead'] = (_, isStorable) => {
      if (isStorable) void this.#remove(read.urlKey.url);
    };
    return this.#pass(read.exchange, { reason: 'request', onHead });
  }

  #passUntilStorable(read: Read, reason: Lookup['miss']): Verdict {
    const onHead: PassOptions['onHead'] = (_, isStorable) => {
      if (isStorable) this.#parts.passList.delete(read.urlKey.url);
    };
    return this.#pass(read.exchange, { reason, onHead });
  }

  #passWrite(exchange: Exchange): Verdict {
    const { method, target } = exchange.request;
    if (isSafeMethod(method) || !target) return this.#pass(exchange, { reason: 'method' });
    const onHead = ({ status, fields }: ResponseHead): void => {
      if (!invalidates(method, status)) return;
      for (const each of affectedTargets(atOrigin(target, this.#options.origin), fields))
        void this.#remove(this.#parts.store.urlOf(each));
    };
    return this.#pass(exchange, { reason: 'method', onHead });
  }

  #pass(exchange: Exchange, options: PassOptions): Verdict {
    return { kind: 'forward', forward: new Passer(this.#parts, exchange, options) };
  }

  #serve(read: Read, response: StoredResponse): Verdict {
    const ttlS = Math.floor(response.lifetimeS - this.#ageOf(response));
    return this.#reply(read, response, { hit: true, ttlS });
  }

  #share(read: Read, response: StoredResponse, forward: Lookup['miss']): Verdict {
    return this.#reply(read, response, { hit: false, forward, status: response.status, collapsed: true });
  }

  #reply(read: Read, response: StoredResponse, outcome: Parameters<typeof replyFrom>[2]): Verdict {
    const { clock, cacheStatus } = this.#options;
    const context = { nowMs: clock.wallNow(), cacheStatus };
    return { kind: 'serve', reply: replyFrom(response, read.exchange.request, outcome, context) };
  }

  /** Flights that began before the removal are out of sight at once, before the store is even asked. */
  async #remove(url: string): Promise<Invalidation> {
    this.#parts.flights.detach(url);
    this.#parts.passList.delete(url);
    const removal = this.#guard(this.#parts.store.invalidate(url), COMMIT_LIMIT_MS);
    this.#removals.track(url, removal);
    return (await removal) ?? { acknowledged: false, count: undefined };
  }

  /** What the store answers in time; undefined: it did not. Never rejects. */
  async #guard<T>(work: Promise<T>, limitMs: number = LOOKUP_LIMIT_MS): Promise<T | undefined> {
    try {
      const answer = await withinDeadline(work, limitMs, this.#options.clock);
      return answer === 'late' ? undefined : answer;
    } catch (error) {
      this.#parts.onError(error);
      return undefined;
    }
  }

  #whyNot(read: Read, response: StoredResponse): ReturnType<typeof whyNotReusable> {
    return whyNotReusable(response, this.#ageOf(response), read.exchange.request.fields, read.control);
  }

  #ageOf(response: StoredResponse): number {
    return currentAge(response.initialAgeS, response.receivedAtMs, this.#options.clock.wallNow());
  }

  #parseUrl(url: string): RequestTarget | undefined {
    const { origin } = this.#options;
    if (!url.startsWith('/')) return parseAbsoluteTarget(url);
    return origin && parseRequestLineTarget(origin.scheme, origin.authority, url);
  }
}

const isStored = (found: Permit | StoredResponse): found is StoredResponse => 'kind' in found;

/** An engine for an adapter's options. */
export const createEngine = <Req>(options: HttpCacheOptions<Req>, digest: Digest): HttpCacheEngine => {
  const resolved = resolveHttpOptions(options);
  return new HttpCacheEngine(options.cache, resolved, digest, options.onError ?? ignore);
};

/** Without `onError`: the cache's own events already tell of its stores, and the response was served. */
const ignore = (): void => undefined;
