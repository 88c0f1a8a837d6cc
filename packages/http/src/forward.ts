import type { BodyCollector } from './body-collector.ts';
import type { Reply, ResponseHead } from './exchange.ts';
import type { FieldLines } from './rules/fields.ts';

/** How the response of a handler leaves, as told by its head. */
export interface Outgoing {
  readonly fields: FieldLines;
  /** What takes a copy of the body on its way; undefined: nobody wants one. */
  readonly collector: BodyCollector | undefined;
  /** The response is stored without an entity tag of the handler's: one of the bytes may be added. */
  readonly wantsEntityTag: boolean;
  /** With the whole body at hand before the head has left: what is sent, 304 included. */
  whole(body: Uint8Array, entityTag: string | undefined): Reply;
}

/** A request on its way to the handler. Exactly one of the two is called, and `respond` at most once. */
export interface Forward {
  respond(head: ResponseHead): Outgoing;
  /** The handler gave no response, or broke it off before its body began to be collected. */
  fail(): void;
}

/** What becomes of a request. */
export type Verdict =
  { readonly kind: 'serve'; readonly reply: Reply } | { readonly kind: 'forward'; readonly forward: Forward };

/** An outgoing response that nobody stores. */
export const plainly = (status: number, fields: FieldLines): Outgoing => ({
  fields,
  collector: undefined,
  wantsEntityTag: false,
  whole: (body) => ({ status, fields, body }),
});
