import type { ForwardReason } from './cache-status.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange, ResponseHead } from './exchange.ts';
import { type Forward, type Outgoing, plainly } from './forward.ts';
import { withCacheStatus } from './reply.ts';
import { isReadMethod } from './rules/method.ts';
import { decideStore, withDefaultMaxAge } from './store-decision.ts';

export interface PassOptions {
  readonly reason: ForwardReason;
  /** Told where a response such as this could have been stored. */
  readonly onStorable?: () => void;
}

/** A request that nobody waits for and whose response is not stored. */
export class Passer implements Forward {
  readonly change = undefined;
  readonly #parts: EngineParts;
  readonly #exchange: Exchange;
  readonly #pass: PassOptions;

  constructor(parts: EngineParts, exchange: Exchange, pass: PassOptions) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#pass = pass;
  }

  run<T>(handler: () => T | Promise<T>): T | Promise<T> {
    return handler();
  }

  fail(): undefined {
    // Nobody waits.
  }

  respond(head: ResponseHead): Outgoing {
    const { options } = this.#parts;
    const { method, fields: request } = this.#exchange.request;
    const { reason, onStorable } = this.#pass;
    // What was passed by on purpose is left as it is.
    const isLeft = reason === 'bypass' || !isReadMethod(method);
    const full = isLeft ? { ...head, addedMaxAge: false } : withDefaultMaxAge(request, head, options);
    if (onStorable && decideStore(request, full, options, options.clock.wallNow()).store) onStorable();
    const outcome = { hit: false, forward: reason, status: head.status } as const;
    const fields = withCacheStatus(full.fields, options, outcome);
    return { ...plainly(head.status, fields), addsMaxAge: full.addedMaxAge };
  }
}
