/**
 * GET and HEAD: from the store, from what another request brings, or from the handler. It is longer than other files:
 * the order of these steps, and what may be awaited between them, is one thing.
 */
import type { MaybePromise } from '@keepsake/core';
import type { ForwardReason } from './cache-status.ts';
import { withinDeadline } from './deadline.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange } from './exchange.ts';
import type { Flight } from './flights.ts';
import type { Verdict } from './forward.ts';
import { HeadProbe } from './head-probe.ts';
import { HitReplies } from './hit-replies.ts';
import type { PendingRemovals } from './invalidations.ts';
import { Leader } from './leader.ts';
import { LOOKUP_LIMIT_MS, MAX_TURNS, WAIT_LIMIT_MS } from './limits.ts';
import { Passer } from './passer.ts';
import { gatewayTimeout, replyFrom } from './reply.ts';
import type { RequestTarget } from './request-target.ts';
import type { Lookup, Permit } from './response-store.ts';
import type { Slot, UrlKey } from './slot.ts';
import { type CacheControl, hasDirective } from './rules/cache-control.ts';
import { combinedValue, type FieldLines } from './rules/fields.ts';
import { requestControlOf, type WhyNotReusable, whyNotReusable } from './rules/reusable.ts';
import { mayShareWith } from './rules/sharing.ts';
import { mayServeWhileRevalidating } from './rules/stale.ts';
import type { StoredResponse, VaryRecord } from './stored-response.ts';
import type { PostSeat } from './write-forward.ts';

/** A read that the store may answer, with what was found out about it. */
interface Read {
  readonly exchange: Exchange;
  readonly urlKey: UrlKey;
  readonly control: CacheControl;
}

/** What is known of a read: where its response would lie, and what lies there that does not answer it. */
interface Question {
  readonly slot: Slot;
  readonly stored: StoredResponse | undefined;
  readonly reason: ForwardReason;
}

/** GET and HEAD: from the store, from what another request brings, or from the handler. */
export class ReadPath {
  readonly #parts: EngineParts;
  readonly #removals: PendingRemovals;
  readonly #hits = new HitReplies();

  constructor(parts: EngineParts, removals: PendingRemovals) {
    this.#parts = parts;
    this.#removals = removals;
  }

  /** At once for what lies in memory while nothing is under way: nothing is awaited for it. */
  receive(exchange: Exchange, target: RequestTarget): MaybePromise<Verdict> {
    if (this.#options.noVarySearch) return this.#receivePrepared(exchange, target);
    const read = this.#readOf(exchange, target);
    const { url } = read.urlKey;
    const { flights, store } = this.#parts;
    if (this.#removals.of(url) || flights.isAway(url)) return this.#receiveAfter(read);
    const lookup = store.lookupNow(read.urlKey, exchange.request.fields);
    return lookup ? this.#judge(read, lookup) : this.#lookUp(read);
  }

  async #receivePrepared(exchange: Exchange, target: RequestTarget): Promise<Verdict> {
    await this.#guard(this.#parts.store.slots.prepare(target));
    return this.#receiveAfter(this.#readOf(exchange, target));
  }

  /** After the removals that are under way, and with what is on its way to the store. */
  async #receiveAfter(read: Read): Promise<Verdict> {
    const removal = this.#removals.of(read.urlKey.url);
    if (removal && (await this.#inTime(removal)) === 'late') return this.#pass(read, 'miss');
    const underWay = await this.#underWay(read);
    return underWay ? this.#judge(read, underWay) : this.#lookUp(read);
  }

  async #lookUp(read: Read): Promise<Verdict> {
    const lookup = await this.#guard(this.#parts.store.lookup(read.urlKey, read.exchange.request.fields));
    return lookup ? this.#judge(read, lookup) : this.#pass(read, 'miss');
  }

  #readOf(exchange: Exchange, target: RequestTarget): Read {
    const { fields } = exchange.request;
    const urlKey = this.#parts.store.slots.keyOf(target, fields);
    return { exchange, urlKey, control: requestControlOf(fields) };
  }

  /** For a POST whose response may come to be stored: see WriteForward. */
  async seatPost(target: RequestTarget, fields: FieldLines): Promise<PostSeat | undefined> {
    const { store, flights } = this.#parts;
    const slot = await store.slots.of(store.slots.keyOf(target, fields));
    const flight = flights.takeOff(slot, `post ${crypto.randomUUID()}`);
    const permit = async (): Promise<Permit | undefined> => {
      const found = await this.#guard(store.permit(slot, fields));
      if (!found || !isStored(found)) return found;
      return found.kind === 'vary' ? undefined : this.#guard(store.permitToReplace(slot));
    };
    return flight && { flight, permit };
  }

  /** What is complete and still on its way to the store: nobody is to miss it, or find what it replaces. */
  async #underWay(read: Read): Promise<Lookup | undefined> {
    const { store, flights } = this.#parts;
    let record: VaryRecord | undefined;
    for (const flight of flights.ending(read.urlKey)) {
      const landing = flight.landed ?? (await this.#inTime(flight.landing));
      if (landing === 'late' || landing.kind !== 'response') continue;
      const { response, slot } = landing;
      if (this.#matches(read, response)) return { slot, response, miss: 'uri-miss' };
      record ??= landing.record ?? slot.record;
    }
    if (!record) return undefined;
    // What the URL varies by is on its way to the store, too; another record would put out what lies below this one.
    const slot = await store.slots.ofVariant(read.urlKey, record, read.exchange.request.fields);
    return { slot, response: await this.#guard(store.read(slot)), miss: 'vary-miss' };
  }

  #judge(read: Read, { response, slot, miss }: Lookup): MaybePromise<Verdict> {
    const ageS = response ? this.#ageOf(response) : 0;
    const why = response && this.#whyNot(read, response, ageS);
    if (response && !why) return this.#serve(read, response, ageS);
    if (hasDirective(read.control, 'only-if-cached')) {
      return { kind: 'serve', reply: gatewayTimeout(this.#options) };
    }
    const reason = why === undefined ? miss : reasonOf(why);
    if (why === 'credentials' || hasDirective(read.control, 'no-store')) return this.#pass(read, reason);
    const question: Question = { slot, stored: response, reason };
    if (read.exchange.request.method === 'HEAD') return this.#probe(read, question);
    if (response && why === 'stale' && this.#mayRefreshBehind(read, response)) {
      return this.#serveAndRefresh(read, question, response);
    }
    return this.#joinOrLead(read, question);
  }

  /** RFC 5861 3. What the client itself says about age goes before it. */
  #mayRefreshBehind(read: Read, stored: StoredResponse): boolean {
    const asksForMore = ['no-cache', 'max-age', 'min-fresh'].some((name) => hasDirective(read.control, name));
    return (
      read.exchange.canRefresh() &&
      !asksForMore &&
      !stored.alwaysValidate &&
      mayServeWhileRevalidating(stored, this.#ageOf(stored))
    );
  }

  async #serveAndRefresh(read: Read, question: Question, stale: StoredResponse): Promise<Verdict> {
    const { flights, store } = this.#parts;
    const verdict = this.#serve(read, stale);
    const lane = laneOf(read);
    if (flights.find(question.slot, lane)) return verdict;
    const flight = flights.takeOff(question.slot, lane);
    if (!flight) return verdict;
    flight.offerStale(stale);
    const permit = await this.#guard(store.permitToReplace(question.slot));
    const lead = { flight, permit, stored: stale, reason: question.reason };
    return { ...verdict, refresh: new Leader(this.#parts, read.exchange, lead) };
  }

  /** Waits for the request that is with the handler for the same slot, or becomes it. */
  async #joinOrLead(read: Read, first: Question): Promise<Verdict> {
    const { flights, passList, unshared, options } = this.#parts;
    const { url } = read.urlKey;
    const deadlineMs = options.clock.now() + WAIT_LIMIT_MS;
    let question = first;
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const commits = flights.commits(question.slot);
      if (commits) await this.#inTime(commits);
      if (question.reason === 'request' || unshared.has(url)) return this.#lead(read, question);
      if (!question.stored && passList.has(url)) break;
      // From here to the take-off nothing is awaited, or two would lead.
      const flight = flights.find(question.slot, laneOf(read));
      if (!flight) return this.#lead(read, question);
      if (hasDirective(read.control, 'no-cache')) break;
      const landing = await this.#await(read, flight, deadlineMs);
      if (landing === 'late' || landing.kind === 'unshareable') break;
      if (landing.kind === 'failed') continue;
      if (landing.kind === 'varies') {
        question = await this.#below(read, landing.record, question);
        continue;
      }
      const { response } = landing;
      if (this.#matches(read, response)) {
        const why =
          landing.kind === 'stale' ? this.#whyNotInNeed(read, response) : this.#whyNot(read, response);
        if (!why) return this.#share(read, response, question.reason);
        if (landing.kind === 'stale' || why === 'credentials') break;
        return this.#lead(read, { ...question, stored: response, reason: reasonOf(why) });
      }
      if (landing.kind === 'stale' || !landing.record) break;
      question = await this.#below(read, landing.record, question);
    }
    return question.stored ? this.#lead(read, question) : this.#passUntilStorable(read, question.reason);
  }

  /** The same question for the variant that the request is about. */
  async #below(read: Read, record: VaryRecord, { reason }: Question): Promise<Question> {
    const { fields } = read.exchange.request;
    const slot = await this.#parts.store.slots.ofVariant(read.urlKey, record, fields);
    return { slot, stored: undefined, reason };
  }

  /** What came of a flight, or what it offers meanwhile to those who may have it. */
  async #await(read: Read, flight: Flight, deadlineMs: number): Promise<Awaited<Flight['landing']> | 'late'> {
    const { clock } = this.#options;
    const offer = flight.offer.then((stale): Awaited<Flight['landing']> | undefined =>
      this.#mayRefreshBehind(read, stale) ? { kind: 'stale', response: stale } : undefined,
    );
    const either = Promise.race([flight.landing, offer]);
    const first = await withinDeadline(either, deadlineMs - clock.now(), clock);
    return first ?? withinDeadline(flight.landing, deadlineMs - clock.now(), clock);
  }

  async #lead(read: Read, { slot, stored: known, reason }: Question): Promise<Verdict> {
    const { flights, store } = this.#parts;
    const flight = flights.takeOff(slot, laneOf(read));
    if (!flight) return this.#pass(read, reason);
    const forward = (permit: Permit | undefined, stored: StoredResponse | undefined): Verdict => ({
      kind: 'forward',
      forward: new Leader(this.#parts, read.exchange, { flight, permit, stored, reason }),
    });
    if (known) {
      const [permit, now] = await Promise.all([
        this.#guard(store.permitToReplace(slot)),
        // A flight that ended since the lookup may have replaced it.
        reason === 'stale' ? this.#guard(store.read(slot)) : undefined,
      ]);
      if (!now || this.#whyNot(read, now)) return forward(permit, now ?? known);
      return this.#landAndServe(read, flight, now);
    }
    const found = await this.#permit(read, slot);
    if (!found || !isStored(found)) return forward(found, undefined);
    if (found.kind === 'vary') return this.#askAgain(read, flight, found, reason);
    // Another process, or a flight that ended since the lookup, has stored it.
    const why = this.#whyNot(read, found);
    if (why !== undefined && why !== 'credentials') {
      return forward(await this.#guard(store.permitToReplace(slot)), found);
    }
    if (!why) return this.#landAndServe(read, flight, found);
    flights.remove(flight);
    flight.land({ kind: 'unshareable' });
    return this.#pass(read, 'bypass');
  }

  async #permit(
    { exchange: { request } }: Read,
    slot: Slot,
  ): Promise<Permit | StoredResponse | VaryRecord | undefined> {
    const { store } = this.#parts;
    if (await this.#guard(store.isShared())) return store.permitOfAll(slot, request.fields);
    return this.#guard(store.permit(slot, request.fields));
  }

  /** Another process has found that the URL varies: what is asked for may lie, or be made, below its record. */
  async #askAgain(read: Read, flight: Flight, record: VaryRecord, reason: ForwardReason): Promise<Verdict> {
    this.#parts.flights.remove(flight);
    flight.land({ kind: 'varies', record });
    const lookup = await this.#guard(this.#parts.store.lookup(read.urlKey, read.exchange.request.fields));
    return lookup?.slot.record ? this.#judge(read, lookup) : this.#pass(read, reason);
  }

  #landAndServe(read: Read, flight: Flight, response: StoredResponse): Verdict {
    this.#parts.flights.remove(flight);
    flight.land({ kind: 'response', response, slot: flight.slot, record: undefined, tags: [] });
    return this.#serve(read, response);
  }

  /** RFC 9111 4.3.5. */
  async #probe(read: Read, { slot, stored, reason }: Question): Promise<Verdict> {
    const { flights, store } = this.#parts;
    if (!stored) return this.#pass(read, reason);
    const flight = flights.takeOff(slot, 'head');
    if (!flight) return this.#pass(read, reason);
    const permit = await this.#guard(store.permitToReplace(slot));
    const lead = { flight, permit, stored, reason };
    return { kind: 'forward', forward: new HeadProbe(this.#parts, read.exchange, lead) };
  }

  #passUntilStorable(read: Read, reason: ForwardReason): Verdict {
    const onStorable = (): void => this.#parts.passList.delete(read.urlKey.url);
    return { kind: 'forward', forward: new Passer(this.#parts, read.exchange, { reason, onStorable }) };
  }

  #pass({ exchange }: Read, reason: ForwardReason): Verdict {
    return { kind: 'forward', forward: new Passer(this.#parts, exchange, { reason }) };
  }

  #serve(
    { exchange }: Read,
    response: StoredResponse,
    ageS = this.#ageOf(response),
  ): Verdict & { kind: 'serve' } {
    const context = { nowMs: this.#options.clock.wallNow(), ageS, marking: this.#options };
    return { kind: 'serve', reply: this.#hits.replyFrom(response, exchange.request, context) };
  }

  #share({ exchange }: Read, response: StoredResponse, forward: ForwardReason): Verdict {
    const context = {
      nowMs: this.#options.clock.wallNow(),
      ageS: this.#ageOf(response),
      marking: this.#options,
    };
    const outcome = { hit: false, forward, status: response.status, collapsed: true } as const;
    return { kind: 'serve', reply: replyFrom(response, exchange.request, outcome, context) };
  }

  /** What the store answers in time; undefined: it did not. Never rejects. */
  async #guard<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      const answer = await this.#inTime(work);
      return answer === 'late' ? undefined : answer;
    } catch (error) {
      this.#parts.onError(error);
      return undefined;
    }
  }

  #inTime<T>(work: Promise<T>): Promise<T | 'late'> {
    return withinDeadline(work, LOOKUP_LIMIT_MS, this.#options.clock);
  }

  get #options(): EngineParts['options'] {
    return this.#parts.options;
  }

  #matches({ urlKey, exchange }: Read, response: StoredResponse): boolean {
    return this.#parts.store.matches(urlKey, exchange.request.fields, response);
  }

  #whyNot(read: Read, response: StoredResponse, ageS = this.#ageOf(response)): WhyNotReusable | undefined {
    return whyNotReusable(response, ageS, read.exchange.request.fields, read.control);
  }

  /** The same where the handler has failed those who asked before. */
  #whyNotInNeed(read: Read, stale: StoredResponse): WhyNotReusable | undefined {
    if (!mayShareWith(stale, read.exchange.request.fields)) return 'credentials';
    return stale.mayBeStale && !hasDirective(read.control, 'no-cache') ? undefined : 'stale';
  }

  #ageOf(response: StoredResponse): number {
    return this.#parts.ages.of(response);
  }
}

const isStored = <T extends object>(found: T): found is Extract<T, { kind: unknown }> => 'kind' in found;

const reasonOf = (why: WhyNotReusable): ForwardReason => (why === 'credentials' ? 'bypass' : why);

/** Each Range has a lane of its own: no two different ones share a response. */
const laneOf = ({ exchange }: Read): string => {
  const range = combinedValue(exchange.request.fields, 'range');
  return range === undefined ? '' : `range ${range}`;
};
