import type { MaybePromise } from '@keepsake/core';
import type { ForwardReason } from './cache-status.ts';
import { withinDeadline } from './deadline.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Flight } from './flights.ts';
import type { Verdict } from './forward.ts';
import { Leader } from './leader.ts';
import { MAX_TURNS, WAIT_LIMIT_MS } from './limits.ts';
import { type Question, type Read, type ReadAnswers, reasonOf } from './read-answers.ts';
import type { Permit } from './permit.ts';
import type { Lookup } from './response-store.ts';
import type { Slot } from './slot.ts';
import { hasDirective } from './rules/cache-control.ts';
import { combinedValue } from './rules/fields.ts';
import type { StoredResponse, VaryRecord } from './stored-response.ts';

/** Reads that the store does not answer: they wait for what another request brings, or lead to the handler. */
export class LeadPath {
  readonly #parts: EngineParts;
  readonly #answers: ReadAnswers;
  readonly #judge: (read: Read, lookup: Lookup) => MaybePromise<Verdict>;

  /** `judge`: what becomes of a read for which something else has been found meanwhile. */
  constructor(
    parts: EngineParts,
    answers: ReadAnswers,
    judge: (read: Read, lookup: Lookup) => MaybePromise<Verdict>,
  ) {
    this.#parts = parts;
    this.#answers = answers;
    this.#judge = judge;
  }

  /** Waits for the request that is with the handler for the same slot, or becomes it. */
  async joinOrLead(read: Read, first: Question): Promise<Verdict> {
    const { flights, passList, unshared, options } = this.#parts;
    const { url } = read.urlKey;
    const deadlineMs = options.clock.now() + WAIT_LIMIT_MS;
    let question = first;
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const commits = flights.commits(question.slot);
      if (commits) await this.#answers.inTime(commits);
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
      if (this.#answers.matches(read, response)) {
        const why =
          landing.kind === 'stale'
            ? this.#answers.whyNotInNeed(read, response)
            : this.#answers.whyNot(read, response);
        if (!why) return this.#answers.share(read, response, question.reason);
        if (landing.kind === 'stale' || why === 'credentials') break;
        return this.#lead(read, { ...question, stored: response, reason: reasonOf(why) });
      }
      if (landing.kind === 'stale' || !landing.record) break;
      question = await this.#below(read, landing.record, question);
    }
    return question.stored
      ? this.#lead(read, question)
      : this.#answers.passUntilStorable(read, question.reason);
  }

  /** The same question for the variant that the request is about. */
  async #below(read: Read, record: VaryRecord, { reason }: Question): Promise<Question> {
    const { fields } = read.exchange.request;
    const slot = await this.#parts.store.slots.ofVariant(read.urlKey, record, fields);
    return { slot, stored: undefined, reason };
  }

  /** What came of a flight, or what it offers meanwhile to those who may have it. */
  async #await(read: Read, flight: Flight, deadlineMs: number): Promise<Awaited<Flight['landing']> | 'late'> {
    const { clock } = this.#parts.options;
    const offer = flight.offer.then((stale): Awaited<Flight['landing']> | undefined =>
      this.#answers.mayRefreshBehind(read, stale) ? { kind: 'stale', response: stale } : undefined,
    );
    const either = Promise.race([flight.landing, offer]);
    const first = await withinDeadline(either, deadlineMs - clock.now(), clock);
    return first ?? withinDeadline(flight.landing, deadlineMs - clock.now(), clock);
  }

  async #lead(read: Read, { slot, stored: known, reason }: Question): Promise<Verdict> {
    const { flights, store } = this.#parts;
    const flight = flights.takeOff(slot, laneOf(read));
    if (!flight) return this.#answers.pass(read, reason);
    const forward = (permit: Permit | undefined, stored: StoredResponse | undefined): Verdict => ({
      kind: 'forward',
      forward: new Leader(this.#parts, read.exchange, { flight, permit, stored, reason }),
    });
    if (known) {
      const [permit, now] = await Promise.all([
        this.#answers.guard(store.permitToReplace(slot)),
        // A flight that ended since the lookup may have replaced it.
        reason === 'stale' ? this.#answers.guard(store.read(slot)) : undefined,
      ]);
      if (!now || this.#answers.whyNot(read, now)) return forward(permit, now ?? known);
      return this.#landAndServe(read, flight, now);
    }
    const found = await this.#permit(read, slot);
    if (!found || !isStored(found)) return forward(found, undefined);
    if (found.kind === 'vary') return this.#askAgain(read, flight, found, reason);
    // Another process, or a flight that ended since the lookup, has stored it.
    const why = this.#answers.whyNot(read, found);
    if (why !== undefined && why !== 'credentials') {
      return forward(await this.#answers.guard(store.permitToReplace(slot)), found);
    }
    if (!why) return this.#landAndServe(read, flight, found);
    flights.remove(flight);
    flight.land({ kind: 'unshareable' });
    return this.#answers.pass(read, 'bypass');
  }

  async #permit(
    { exchange: { request } }: Read,
    slot: Slot,
  ): Promise<Permit | StoredResponse | VaryRecord | undefined> {
    const { store } = this.#parts;
    if (await this.#answers.guard(store.isShared())) return store.permitOfAll(slot, request.fields);
    return this.#answers.guard(store.permit(slot, request.fields));
  }

  /** Another process has found that the URL varies: what is asked for may lie, or be made, below its record. */
  async #askAgain(read: Read, flight: Flight, record: VaryRecord, reason: ForwardReason): Promise<Verdict> {
    this.#parts.flights.remove(flight);
    flight.land({ kind: 'varies', record });
    const lookup = await this.#answers.guard(
      this.#parts.store.lookup(read.urlKey, read.exchange.request.fields),
    );
    return lookup?.slot.record ? this.#judge(read, lookup) : this.#answers.pass(read, reason);
  }

  #landAndServe(read: Read, flight: Flight, response: StoredResponse): Verdict {
    this.#parts.flights.remove(flight);
    flight.land({ kind: 'response', response, slot: flight.slot, record: undefined, tags: [] });
    return this.#answers.serve(read, response);
  }
}

/** A permit has no kind. */
export const isStored = <T extends object>(found: T): found is Extract<T, { kind: unknown }> =>
  'kind' in found;

/** Each Range has a lane of its own: no two different ones share a response. */
export const laneOf = ({ exchange }: Read): string => {
  const range = combinedValue(exchange.request.fields, 'range');
  return range === undefined ? '' : `range ${range}`;
};
