import type { ForwardReason } from './cache-status.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange, ResponseHead } from './exchange.ts';
import { type Forward, type Outgoing, plainly } from './forward.ts';
import { withCacheStatus } from './reply.ts';
import { isReadMethod } from './rules/method.ts';
import { decideStore, withDefaultMaxAge } from './store-decision.ts';

export interface PassOptions {
  readonly reason: ForwardReason;
  /** Told of each head, and whether a response such as this could have been stored. */
  readonly onHead?: (head: ResponseHead, isStorable: boolean) => void;
}

/** A request that nobody waits for and whose response is not stored. */
export class Passer implements Forward {
  readonly #parts: EngineParts;
  readonly #exchange: Exchange;
  readonly #pass: PassOptions;

  constructor(parts: EngineParts, exchange: Exchange, pass: PassOptions) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#pass = pass;
  }

  fail(): void {
    // Nobody waits.
  }

  respond(head: ResponseHead): Outgoing {
    const { options } = this.#parts;
    const { method, fields: request } = this.#exchange.request;
    const isRead = isReadMethod(method);
    // What was passed by on purpose is left as it is.
    const maxAge = isRead && this.#pass.reason !== 'bypass' ? options.cacheControlMaxAge : undefined;
    const { fields, added } = withDefaultMaxAge(request, head, maxAge);
    if (this.#pass.onHead) {
      const full = { status: head.status, fields, addedMaxAge: added };
      const isStorable = isRead && decideStore(request, full, options, options.clock.wallNow()).store;
      this.#pass.onHead(head, isStorable);
    }
    const outcome = { hit: false, forward: this.#pass.reason, status: head.status } as const;
    return plainly(head.status, withCacheStatus(fields, options.cacheStatus, outcome));
  }
}
