import type { Reply, RequestView } from './exchange.ts';
import { type ReplyContext, replyFrom, type Servable } from './reply.ts';
import { isNotModified } from './rules/conditional.ts';
import { combinedValue, hasField } from './rules/fields.ts';

/** What a response answered while it was so many seconds old. */
interface Made {
  readonly ageS: number;
  whole?: Reply;
  notModified?: Reply;
  /** An If-None-Match that it answers with 304: clients send the one they were given. */
  condition?: string | undefined;
}

type Hit = Servable & { readonly lifetimeS: number };

/** RFC 9211 2.3: `ttl` is negative once it is stale. */
export const hitFrom = (
  stored: Hit,
  request: Pick<RequestView, 'method' | 'fields'>,
  context: ReplyContext,
): Reply => {
  const outcome = { hit: true, ttlS: Math.floor(stored.lifetimeS - context.ageS) } as const;
  return replyFrom(stored, request, outcome, context);
};

/**
 * Replies of hits from memory. All that ask for the whole of a response within one second of its age get the same one,
 * or the same 304: it is made once, and so is what an adapter makes of it.
 */
export class HitReplies {
  readonly #made = new WeakMap<object, Made>();

  replyFrom(stored: Hit, request: Pick<RequestView, 'method' | 'fields'>, context: ReplyContext): Reply {
    const { ageS, nowMs } = context;
    const make = (): Reply => hitFrom(stored, request, context);
    if (request.method !== 'GET' || hasField(request.fields, 'range')) return make();
    let made = this.#made.get(stored);
    if (made?.ageS !== ageS) this.#made.set(stored, (made = { ageS }));
    const condition = combinedValue(request.fields, 'if-none-match');
    if (made.notModified && condition !== undefined && condition === made.condition) return made.notModified;
    if (!isNotModified(request.fields, stored, nowMs)) return (made.whole ??= make());
    made.condition = condition;
    return (made.notModified ??= make());
  }
}
