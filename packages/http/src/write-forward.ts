import { BodyCollector } from './body-collector.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange, ResponseHead } from './exchange.ts';
import type { Flight } from './flights.ts';
import { type Forward, type Outgoing, plainly } from './forward.ts';
import { affectedTargets } from './invalidations.ts';
import { type Finished, Keeper } from './keeper.ts';
import { withCacheStatus } from './reply.ts';
import { atOrigin, type RequestTarget, resolveReference } from './request-target.ts';
import type { Permit } from './permit.ts';
import { tagsOfResponse } from './response-tags.ts';
import { groupTags } from './rules/cache-groups.ts';
import { valuesOf } from './rules/fields.ts';
import { freshnessLifetime } from './rules/freshness.ts';
import { invalidates } from './rules/method.ts';
import { responseControlOf } from './rules/targeted.ts';
import { decideStore, type FullHead, type StoreDecision } from './store-decision.ts';

/** The seat of a POST whose response may serve later GETs; and the right to store it, once the URL is empty. */
export interface PostSeat {
  readonly flight: Flight;
  permit(): Promise<Permit | undefined>;
}

/** RFC 9111 4.4: a request that may change something, on its way to the handler. */
export class WriteForward implements Forward {
  readonly change = undefined;
  readonly #parts: EngineParts;
  readonly #exchange: Exchange;
  readonly #target: RequestTarget;
  readonly #seat: PostSeat | undefined;

  constructor(parts: EngineParts, exchange: Exchange, target: RequestTarget, seat: PostSeat | undefined) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#target = target;
    this.#seat = seat;
  }

  run<T>(handler: () => T | Promise<T>): T | Promise<T> {
    return handler();
  }

  fail(): undefined {
    this.#leaveSeat();
  }

  respond(head: ResponseHead): Outgoing {
    const { options } = this.#parts;
    // Asked before this request's own invalidation detaches it, too.
    const isOvertaken = this.#seat?.flight.isDetached ?? true;
    const removal = this.#invalidate(head);
    const decision = isOvertaken ? undefined : this.#decideStore(head);
    const tags = decision && tagsOfResponse(this.#parts, this.#exchange, head);
    const stored = decision?.declaredLength !== undefined && tags !== undefined;
    const outcome = { hit: false, forward: 'method', status: head.status, stored } as const;
    const fields = withCacheStatus(head.fields, options, outcome);
    const plain = plainly(head.status, fields);
    if (!decision || !tags || !this.#seat) {
      this.#leaveSeat();
      return plain;
    }
    return { ...plain, collector: this.#collector(this.#seat, decision, tags, removal) };
  }

  #leaveSeat(): void {
    if (this.#seat) new Keeper(this.#parts, this.#seat.flight, undefined).giveUp();
  }

  #invalidate({ status, fields }: ResponseHead): Promise<unknown> {
    const { method } = this.#exchange.request;
    const { options, store, remove, invalidateTags } = this.#parts;
    const target = atOrigin(this.#target, options.origin);
    // RFC 9875 3: whatever the status, for the handler says it expressly.
    const groups = groupTags(target, fields, 'cache-group-invalidation');
    const byGroup = groups.length > 0 ? invalidateTags(groups) : undefined;
    const targets = invalidates(method, status) ? affectedTargets(target, fields) : [];
    const removals = targets.map(async (each) => {
      await remove(store.slots.urlOf(each));
      if (!options.noVarySearch) return;
      // Of the path of another URL more may be known to other processes than to this one.
      const url = store.slots.urlOf(each);
      await store.slots.prepare(each);
      if (store.slots.urlOf(each) !== url) await remove(store.slots.urlOf(each));
    });
    return Promise.all([byGroup, ...removals]);
  }

  /**
   * RFC 9110 9.3.3: the response to a POST that states its lifetime and says by Content-Location that it is what
   * a GET of the same URL would give.
   */
  #decideStore(head: ResponseHead): Extract<StoreDecision, { store: true }> | undefined {
    const { options } = this.#parts;
    const { request } = this.#exchange;
    if (head.status !== 200 || !this.#isForItself(head)) return undefined;
    const nowMs = options.clock.wallNow();
    const said = responseControlOf(head.fields, options.targets);
    if (freshnessLifetime(head.fields, said, nowMs) === undefined) return undefined;
    const full: FullHead = { ...head, addedMaxAge: false };
    const decision = decideStore(request.fields, full, options, nowMs);
    return decision.store ? decision : undefined;
  }

  #isForItself({ fields }: ResponseHead): boolean {
    const { store } = this.#parts;
    const [location, ...others] = valuesOf(fields, 'content-location');
    const named = location === undefined ? undefined : resolveReference(this.#target, location);
    return (
      named !== undefined &&
      others.length === 0 &&
      store.slots.urlOf(named) === store.slots.urlOf(this.#target)
    );
  }

  #collector(
    seat: PostSeat,
    { draft, ttlS, isFresh, declaredLength }: Extract<StoreDecision, { store: true }>,
    tags: readonly string[],
    removal: Promise<unknown>,
  ): BodyCollector {
    const { options, budget, flights } = this.#parts;
    const limits = { maxBytes: options.maxBodyBytes, declaredLength, budget };
    const collector: BodyCollector = new BodyCollector(limits, (body) => {
      if (typeof body === 'string') {
        this.#leaveSeat();
        return;
      }
      const keep = async (): Promise<void> => {
        // Its own removal goes first; the right to store is taken of what is empty then.
        await removal;
        const permit = await seat.permit();
        const finished: Finished = { draft, ttlS, tags, isFresh, dependencies: [], body };
        await new Keeper(this.#parts, seat.flight, permit).keep(this.#exchange.request, () => finished);
      };
      seat.flight.isEnding = true;
      flights.restore(seat.flight);
      void keep().finally(() => collector.settle());
    });
    return collector;
  }
}
