import type { MaybePromise } from '@keepsake/core';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange } from './exchange.ts';
import type { Verdict } from './forward.ts';
import { HeadProbe } from './head-probe.ts';
import type { PendingRemovals } from './invalidations.ts';
import { isStored, laneOf, LeadPath } from './lead-path.ts';
import { Leader } from './leader.ts';
import { MAX_FLIGHTS_FOR_POST } from './limits.ts';
import { type Question, type Read, ReadAnswers, reasonOf } from './read-answers.ts';
import { gatewayTimeout } from './reply.ts';
import type { RequestTarget } from './request-target.ts';
import type { Permit } from './permit.ts';
import type { Lookup } from './response-store.ts';
import { writesHostOddly } from './rules/bypass.ts';
import { hasDirective } from './rules/cache-control.ts';
import type { RequestFields } from './rules/fields.ts';
import { requestControlOf } from './rules/reusable.ts';
import type { StoredResponse, VaryRecord } from './stored-response.ts';
import type { PostSeat } from './write-forward.ts';

/** GET and HEAD: from the store, from what another request brings, or from the handler. */
export class ReadPath {
  readonly #parts: EngineParts;
  readonly #removals: PendingRemovals;
  readonly #answers: ReadAnswers;
  readonly #leads: LeadPath;

  constructor(parts: EngineParts, removals: PendingRemovals) {
    this.#parts = parts;
    this.#removals = removals;
    this.#answers = new ReadAnswers(parts);
    this.#leads = new LeadPath(parts, this.#answers, (read, lookup) => this.#judge(read, lookup));
  }

  /** At once for what lies in memory while nothing is under way: nothing is awaited for it. */
  receive(exchange: Exchange, target: RequestTarget): MaybePromise<Verdict> {
    if (this.#parts.options.noVarySearch) return this.#receivePrepared(exchange, target);
    const read = this.#readOf(exchange, target);
    const { url } = read.urlKey;
    const { flights, store } = this.#parts;
    if (this.#removals.of(url) || flights.isAway(url)) return this.#receiveAfter(read);
    const lookup = store.lookupNow(read.urlKey, exchange.request.fields);
    return lookup ? this.#judge(read, lookup) : this.#lookUp(read);
  }

  async #receivePrepared(exchange: Exchange, target: RequestTarget): Promise<Verdict> {
    await this.#answers.guard(this.#parts.store.slots.prepare(target));
    return this.#receiveAfter(this.#readOf(exchange, target));
  }

  /** After the removals that are under way, and with what is on its way to the store. */
  async #receiveAfter(read: Read): Promise<Verdict> {
    const removal = this.#removals.of(read.urlKey.url);
    if (removal && (await this.#answers.inTime(removal)) === 'late') return this.#answers.pass(read, 'miss');
    const underWay = await this.#underWay(read);
    return underWay ? this.#judge(read, underWay) : this.#lookUp(read);
  }

  async #lookUp(read: Read): Promise<Verdict> {
    const lookup = await this.#answers.guard(
      this.#parts.store.lookup(read.urlKey, read.exchange.request.fields),
    );
    return lookup ? this.#judge(read, lookup) : this.#answers.pass(read, 'miss');
  }

  #readOf(exchange: Exchange, target: RequestTarget): Read {
    const { fields } = exchange.request;
    const urlKey = this.#parts.store.slots.keyOf(target, fields);
    return { exchange, urlKey, control: requestControlOf(fields) };
  }

  /** Written in a form that handlers may take for another resource, so that its response is for nobody else. */
  isForItself({ request: { target, fields } }: Exchange): boolean {
    if (!target || target.isOdd) return true;
    // With a configured origin the host of a request means nothing.
    return !this.#parts.options.origin && writesHostOddly(target, fields);
  }

  /** For a POST whose response may come to be stored: see WriteForward. */
  async seatPost(target: RequestTarget, fields: RequestFields): Promise<PostSeat | undefined> {
    const { store, flights } = this.#parts;
    const slot = await store.slots.of(store.slots.keyOf(target, fields));
    if (flights.size >= MAX_FLIGHTS_FOR_POST) return undefined;
    const flight = flights.takeOff(slot, `post ${crypto.randomUUID()}`);
    const permit = async (): Promise<Permit | undefined> => {
      const found = await this.#answers.guard(store.permit(slot, fields));
      if (!found || !isStored(found)) return found;
      return found.kind === 'vary' ? undefined : this.#answers.guard(store.permitToReplace(slot));
    };
    return flight && { flight, permit };
  }

  /** What is complete and still on its way to the store: nobody is to miss it, or find what it replaces. */
  async #underWay(read: Read): Promise<Lookup | undefined> {
    const { store, flights } = this.#parts;
    let record: VaryRecord | undefined;
    for (const flight of flights.ending(read.urlKey)) {
      const landing = flight.landed ?? (await this.#answers.inTime(flight.landing));
      if (landing === 'late' || landing.kind !== 'response') continue;
      const { response, slot } = landing;
      if (this.#answers.matches(read, response)) return { slot, response, isNear: true, miss: 'uri-miss' };
      record ??= landing.record ?? slot.record;
    }
    if (!record) return undefined;
    // What the URL varies by is on its way to the store, too; another record would put out what lies below this one.
    const slot = await store.slots.ofVariant(read.urlKey, record, read.exchange.request.fields);
    const response = await this.#answers.guard(store.read(slot));
    return { slot, response, isNear: false, miss: 'vary-miss' };
  }

  #judge(read: Read, { response, slot, isNear, miss }: Lookup): MaybePromise<Verdict> {
    const ageS = response ? this.#answers.ageOf(response, isNear) : 0;
    const why = response && this.#answers.whyNot(read, response, ageS);
    if (response && !why) return this.#answers.serve(read, response, { ageS, isNear });
    if (hasDirective(read.control, 'only-if-cached')) {
      return { kind: 'serve', reply: gatewayTimeout(this.#parts.options) };
    }
    const reason = why === undefined ? miss : reasonOf(why);
    const isForItself = this.isForItself(read.exchange) || hasDirective(read.control, 'no-store');
    if (why === 'credentials' || isForItself) return this.#answers.pass(read, reason);
    const question: Question = { slot, stored: response, reason };
    if (read.exchange.request.method === 'HEAD') return this.#probe(read, question);
    if (response && why === 'stale' && this.#answers.mayRefreshBehind(read, response)) {
      return this.#serveAndRefresh(read, question, response);
    }
    return this.#leads.joinOrLead(read, question);
  }

  async #serveAndRefresh(read: Read, question: Question, stale: StoredResponse): Promise<Verdict> {
    const { flights, store } = this.#parts;
    const verdict = this.#answers.serve(read, stale);
    const lane = laneOf(read);
    if (flights.find(question.slot, lane)) return verdict;
    const flight = flights.takeOff(question.slot, lane);
    if (!flight) return verdict;
    flight.offerStale(stale);
    const permit = await this.#answers.guard(store.permitToReplace(question.slot));
    const lead = { flight, permit, stored: stale, reason: question.reason };
    return { ...verdict, refresh: new Leader(this.#parts, read.exchange, lead) };
  }

  /** RFC 9111 4.3.5. */
  async #probe(read: Read, { slot, stored, reason }: Question): Promise<Verdict> {
    const { flights, store } = this.#parts;
    if (!stored) return this.#answers.pass(read, reason);
    const flight = flights.takeOff(slot, 'head');
    if (!flight) return this.#answers.pass(read, reason);
    const permit = await this.#answers.guard(store.permitToReplace(slot));
    const lead = { flight, permit, stored, reason };
    return { kind: 'forward', forward: new HeadProbe(this.#parts, read.exchange, lead) };
  }
}
