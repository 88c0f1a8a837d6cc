/**
 * The request that others may be waiting for. It is longer than other files: each way in which a response can end
 * stands beside the others, for exactly one is taken.
 */
import { type Abandoned, BodyCollector } from './body-collector.ts';
import { joinBytes } from './byte-ranges.ts';
import type { ForwardReason } from './cache-status.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange, Reply, ResponseHead } from './exchange.ts';
import type { Flight } from './flights.ts';
import { type Forward, instead, type Outgoing, plainly, type RequestChange } from './forward.ts';
import { type Finished, Keeper } from './keeper.ts';
import { makeWayUnless } from './make-way.ts';
import { completedBy, updatedBy } from './merge-response.ts';
import { badGateway, replyFrom, type Servable, withCacheStatus } from './reply.ts';
import type { Permit } from './permit.ts';
import { tagsOfResponse } from './response-tags.ts';
import { initialAge } from './rules/age.ts';
import { fieldsOfNotModified, isNotModified } from './rules/conditional.ts';
import { type Failure, isFailure, statusOfError } from './rules/failure.ts';
import { type FieldLine, hasField, withoutFields } from './rules/fields.ts';
import { isFresh } from './rules/freshness.ts';
import { isServerError, isUnreachable, mayServeOnError } from './rules/stale.ts';
import { differsOnlyInDate } from './rules/validation.ts';
import {
  decideStore,
  type FullHead,
  isLasting,
  type StoreDecision,
  withDefaultMaxAge,
} from './store-decision.ts';
import type { StoredResponse } from './stored-response.ts';
import { TrackedRun } from './tracked-run.ts';
import { type Ask, askFor, completesPart } from './validation-request.ts';

type Storable = Extract<StoreDecision, { store: true }>;

/** Why a request leads, and under which right. */
export interface Lead {
  readonly flight: Flight;
  /** Undefined: the store could not be asked, so nothing is written. */
  readonly permit: Permit | undefined;
  readonly reason: ForwardReason;
  /** What is stored and does not answer as it is: to be validated, completed, or served in need. */
  readonly stored: StoredResponse | undefined;
}

/** The request that others may be waiting for: what its handler gives is shared and stored if it may be. */
export class Leader implements Forward {
  readonly #parts: EngineParts;
  readonly #exchange: Exchange;
  readonly #lead: Lead;
  readonly #keeper: Keeper;
  readonly #ask: Ask;
  readonly #run: TrackedRun;

  constructor(parts: EngineParts, exchange: Exchange, lead: Lead) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#lead = lead;
    this.#keeper = new Keeper(parts, lead.flight, lead.permit);
    this.#run = new TrackedRun(parts.store.cache);
    const { stored } = lead;
    const isStillFresh = stored !== undefined && isFresh(stored.lifetimeS, this.#ageOf(stored));
    const { completeRanges: mode, maxBodyBytes: maxBytes } = parts.options;
    const completion = { mode, maxBytes, isFresh: isStillFresh };
    this.#ask = askFor(exchange.request.fields, stored, completion);
  }

  get change(): RequestChange | undefined {
    return this.#ask.change;
  }

  run<T>(handler: () => T | Promise<T>): T | Promise<T> {
    this.#exchange.enter();
    return this.#parts.isTracking() ? this.#run.run(handler) : handler();
  }

  /** RFC 9111 4.2.4: where the handler cannot be asked, what is stale answers if nothing forbids it. */
  fail(error?: unknown): Reply | undefined {
    const { stored } = this.#lead;
    void this.#run.dependencies();
    if (isFailure(statusOfError(error)) && stored?.mayBeStale && stored.status !== 206) {
      if (error !== undefined) this.#parts.onError(error);
      return this.#stale(stored, undefined);
    }
    this.#keeper.fail();
    return undefined;
  }

  respond(head: ResponseHead, failure?: Failure): Outgoing {
    if (failure) return this.#respondFor(head);
    const { options } = this.#parts;
    const { validates, completes } = this.#ask;
    if (head.status === 304 && validates) return this.#validated(validates, head);
    const request = this.#exchange.request.fields;
    const full = withDefaultMaxAge(request, head, options);
    if (completes && head.status === 206) return this.#completed(completes, full);
    const decision = decideStore(request, full, options, options.clock.wallNow());
    const { stored } = this.#lead;
    if (stored && !decision.store && this.#isWorseThanStale(stored, head.status)) {
      void this.#run.dependencies();
      const reply = this.#stale(stored, head.status);
      return instead(() => reply);
    }
    const tags = decision.store ? this.#tags(full) : undefined;
    if (!decision.store || !tags) {
      if (!decision.store) this.#refuse(decision.reason, head.status);
      this.#giveUp();
      return this.#isUnchangedForClient(full)
        ? this.#unchanged(full, undefined, false)
        : { ...plainly(head.status, this.#marked(full, false)), addsMaxAge: full.addedMaxAge };
    }
    this.#parts.passList.delete(this.#url);
    return this.#collect(full, decision, tags);
  }

  /**
   * What an error handler answers is not stored. As a server error it is worth less than what is stale; another error,
   * such as 404, is the answer.
   */
  #respondFor(head: ResponseHead): Outgoing {
    const { stored } = this.#lead;
    if (isFailure(head.status)) {
      void this.#run.dependencies();
      if (stored?.mayBeStale && stored.status !== 206) {
        const reply = this.#stale(stored, head.status);
        return instead(() => reply);
      }
      this.#keeper.fail();
    } else {
      if (head.status >= 400) this.#refuse('status', head.status);
      this.#giveUp();
    }
    return plainly(head.status, this.#marked(head, false));
  }

  get #url(): string {
    return this.#lead.flight.slot.urlKey.url;
  }

  /** RFC 5861 4, and RFC 9111 4.2.4 for a gateway that reaches nobody. */
  #isWorseThanStale(stored: StoredResponse, status: number): boolean {
    if (stored.status === 206) return false;
    if (isUnreachable(status) && stored.mayBeStale) return true;
    return isServerError(status) && mayServeOnError(stored, this.#ageOf(stored));
  }

  #stale(stored: StoredResponse, status: number | undefined): Reply {
    const { flight, reason } = this.#lead;
    this.#parts.flights.remove(flight);
    flight.land({ kind: 'stale', response: stored });
    return this.#reply(stored, this.#ageOf(stored), {
      hit: false,
      forward: reason,
      ...(status !== undefined && { status }),
    });
  }

  /** What is not to be stored says something of what is: of the stale copy that it was to validate. */
  #refuse(reason: Parameters<typeof isLasting>[0], status: number): void {
    const { stored } = this.#lead;
    if (!stored && isLasting(reason)) this.#parts.passList.add(this.#url);
    const isOutdated = stored && !isFresh(stored.lifetimeS, this.#ageOf(stored));
    // The handler has answered with something else: the old is of no use but for those who may not see it.
    if (isOutdated && status < 500 && status !== 304) void this.#parts.remove(this.#url);
  }

  /** RFC 9111 4.3.4: the stored response, with what the 304 says. */
  #validated(stored: StoredResponse, given: ResponseHead): Outgoing {
    const { options } = this.#parts;
    const request = this.#exchange.request.fields;
    const { head, decision, cookies, hasOwnTag } = updatedBy(stored, given.fields, request, options);
    const tags = decision.store ? this.#tags(head) : undefined;
    const isStored = decision.store && tags !== undefined;
    if (isStored) this.#keepUpdate(stored, decision, tags, hasOwnTag);
    else {
      void this.#parts.remove(this.#url);
      this.#giveUp();
    }
    const fields = isStored ? decision.draft.fields : withoutFields(head.fields, AGE);
    const outcome = {
      hit: false,
      forward: this.#lead.reason,
      status: 304,
      stored: isStored && this.#keeper.mayStore,
    } as const;
    const servable = { status: stored.status, fields: [...fields, ...cookies], body: stored.body };
    const reply = this.#reply(servable, initialAge(head.fields, options.clock.wallNow()), outcome);
    return instead(() => reply);
  }

  #keepUpdate(
    stored: StoredResponse,
    { draft, ttlS, isFresh: fresh }: Storable,
    tags: readonly string[],
    hasOwnTag: boolean,
  ): void {
    if (!fresh && differsOnlyInDate(stored.fields, draft.fields)) {
      // It is validated each time whatever is stored: not worth a write.
      this.#giveUp();
      return;
    }
    const { body } = stored;
    void this.#keeper.keep(this.#exchange.request, async () => {
      const own = await this.#run.dependencies();
      const dependencies = [...new Set([...stored.dependencies, ...own])];
      return { draft, ttlS, tags, isFresh: fresh, dependencies, body, hasOwnTag };
    });
  }

  /** RFC 9111 3.4: a stored beginning and the rest of it are the whole. */
  #completed({ stored, held }: Ask['completes'] & object, rest: FullHead): Outgoing {
    const { options } = this.#parts;
    if (!completesPart({ stored, held }, rest.fields, options.completeRanges)) {
      void this.#parts.remove(this.#url);
      this.#giveUp();
      return instead(() => badGateway(options));
    }
    const { head, decision } = completedBy(stored, rest, this.#exchange.request.fields, options);
    const tags = decision.store ? this.#tags(head) : undefined;
    let whole: Uint8Array | undefined;
    const collector = this.#collector(held.length - held.last - 1, (came) => {
      whole = joinBytes([stored.body, came]);
      if (decision.store && tags) return this.#keep(decision, tags, whole, undefined);
      this.#giveUp();
      return undefined;
    });
    const ageS = initialAge(head.fields, options.clock.wallNow());
    const fields = decision.store ? decision.draft.fields : withoutFields(head.fields, AGE);
    const outcome = { hit: false, forward: 'partial', status: 206 } as const;
    const reply = (): Reply =>
      whole ? this.#reply({ status: 200, fields, body: whole }, ageS, outcome) : badGateway(options);
    return instead(reply, collector);
  }

  #collect(head: FullHead, decision: Storable, tags: readonly string[]): Outgoing {
    let entityTag: string | undefined;
    const collector = this.#collector(decision.declaredLength, (body) =>
      this.#keep(decision, tags, body, entityTag),
    );
    const { options } = this.#parts;
    const isPermitted = this.#keeper.mayStore;
    const wantsEntityTag = head.status === 200 && !hasField(head.fields, 'etag');
    const isKnown = isPermitted && decision.declaredLength !== undefined;
    if (this.#isUnchangedForClient(head)) return this.#unchanged(head, collector, isKnown);
    return {
      // How long a stream without Content-Length will be, and so whether it is stored, nobody knows yet.
      fields: this.#marked(head, isKnown),
      collector,
      refusesCookies: options.setCookie === 'skip',
      onFull: (taken) => void makeWayUnless(taken, collector, options.clock),
      addsMaxAge: head.addedMaxAge,
      wantsEntityTag,
      whole: (body, tag) => {
        entityTag = wantsEntityTag ? tag : undefined;
        const fields = this.#marked(head, isPermitted && collector.admits(body.byteLength));
        const tagged: readonly FieldLine[] =
          entityTag === undefined ? fields : [...fields, ['ETag', entityTag]];
        return this.#isUnchangedForClient({ status: head.status, fields: tagged })
          ? { status: 304, fields: fieldsOfNotModified(tagged), body: undefined }
          : { status: head.status, fields: tagged, body };
      },
      instead: undefined,
    };
  }

  /** The handler gave it whole, for it was asked so; the client has it. */
  #unchanged(head: ResponseHead, collector: BodyCollector | undefined, stored: boolean): Outgoing {
    const fields = fieldsOfNotModified(this.#marked(head, stored));
    return instead(() => ({ status: 304, fields, body: undefined }), collector);
  }

  /** RFC 9110 13.2.2: the client's own conditions, of which the handler was not told. */
  #isUnchangedForClient(head: ResponseHead): boolean {
    return isNotModified(this.#exchange.request.fields, head, this.#parts.options.clock.wallNow());
  }

  #keep(
    { draft, ttlS, isFresh: fresh }: Storable,
    tags: readonly string[],
    body: Uint8Array,
    ownTag: string | undefined,
  ): Promise<void> {
    return this.#keeper.keep(this.#exchange.request, async (): Promise<Finished> => {
      const dependencies = await this.#run.dependencies();
      return { draft, ttlS, tags, isFresh: fresh, dependencies, body, ownTag };
    });
  }

  /** `keep` is given the body where it came whole; its bytes count until that has settled. */
  #collector(
    declaredLength: number | undefined,
    keep: (body: Uint8Array) => Promise<void> | undefined,
  ): BodyCollector {
    const { options, budget } = this.#parts;
    const limits = { maxBytes: options.maxBodyBytes, declaredLength, budget };
    const collector: BodyCollector = new BodyCollector(limits, (body) => {
      if (typeof body === 'string') this.#abandon(body);
      else void Promise.resolve(keep(body)).finally(() => collector.settle());
    });
    return collector;
  }

  #abandon(why: Abandoned): void {
    void this.#run.dependencies();
    if (why === 'cut-short') return this.#keeper.fail();
    this.#parts.passList.add(this.#url);
    this.#keeper.giveUp();
  }

  #giveUp(): void {
    void this.#run.dependencies();
    this.#keeper.giveUp();
  }

  /** Undefined where the application's own function throws or gives no tags: then nothing is stored. */
  #tags(head: ResponseHead): readonly string[] | undefined {
    return tagsOfResponse(this.#parts, this.#exchange, head);
  }

  #ageOf(stored: StoredResponse): number {
    return this.#parts.ages.of(stored);
  }

  #reply(servable: Servable, ageS: number, outcome: Parameters<typeof replyFrom>[2]): Reply {
    const { options } = this.#parts;
    const context = { nowMs: options.clock.wallNow(), ageS, marking: options };
    return replyFrom(servable, this.#exchange.request, outcome, context);
  }

  #marked(head: ResponseHead, stored: boolean): readonly FieldLine[] {
    return withCacheStatus(head.fields, this.#parts.options, {
      hit: false,
      forward: this.#lead.reason,
      status: head.status,
      stored,
    });
  }
}

const AGE: ReadonlySet<string> = new Set(['age']);
