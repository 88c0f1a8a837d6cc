import type { EngineParts } from './engine-parts.ts';
import type { Exchange, ResponseHead } from './exchange.ts';
import { type Forward, type Outgoing, plainly } from './forward.ts';
import { Keeper } from './keeper.ts';
import type { Lead } from './leader.ts';
import { updatedBy } from './merge-response.ts';
import { withCacheStatus } from './reply.ts';
import { tagsOfResponse } from './response-tags.ts';
import { isSameRepresentation } from './rules/validation.ts';
import { withDefaultMaxAge } from './store-decision.ts';
import type { StoredResponse } from './stored-response.ts';

/**
 * RFC 9111 4.3.5: a HEAD on its way to the handler. Its 200 updates the stored response that it is about, and
 * shows one that it is not about to be out of date.
 */
export class HeadProbe implements Forward {
  readonly change = undefined;
  readonly #parts: EngineParts;
  readonly #exchange: Exchange;
  readonly #lead: Lead & { readonly stored: StoredResponse };
  readonly #keeper: Keeper;

  constructor(parts: EngineParts, exchange: Exchange, lead: Lead & { readonly stored: StoredResponse }) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#lead = lead;
    this.#keeper = new Keeper(parts, lead.flight, lead.permit);
  }

  run<T>(handler: () => T | Promise<T>): T | Promise<T> {
    this.#exchange.enter();
    return handler();
  }

  fail(): undefined {
    this.#keeper.fail();
  }

  respond(head: ResponseHead): Outgoing {
    const { options } = this.#parts;
    const full = withDefaultMaxAge(this.#exchange.request.fields, head, options);
    const isAnswered = head.status === 200 && this.#lead.stored.status === 200;
    if (!isAnswered) this.#keeper.giveUp();
    const stored = isAnswered && this.#update(head.fields);
    const outcome = { hit: false, forward: this.#lead.reason, status: head.status, stored } as const;
    return plainly(head.status, withCacheStatus(full.fields, options, outcome));
  }

  /** Whether the stored response is being updated. */
  #update(given: ResponseHead['fields']): boolean {
    const { stored, flight } = this.#lead;
    const { request } = this.#exchange;
    const { head, decision, hasOwnTag } = updatedBy(stored, given, request.fields, this.#parts.options);
    const tags = decision.store ? tagsOfResponse(this.#parts, this.#exchange, head) : undefined;
    if (!isSameRepresentation(stored, given) || !decision.store || !tags) {
      void this.#parts.remove(flight.slot.urlKey.url);
      this.#keeper.giveUp();
      return false;
    }
    const { draft, ttlS, isFresh } = decision;
    const { body, dependencies } = stored;
    const finished = { draft, ttlS, tags, isFresh, dependencies, body, hasOwnTag };
    void this.#keeper.keep(request, () => finished);
    return this.#keeper.mayStore;
  }
}
