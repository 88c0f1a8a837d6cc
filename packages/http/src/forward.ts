import type { BodyCollector } from './body-collector.ts';
import type { Reply, ResponseHead } from './exchange.ts';
import type { Failure } from './rules/failure.ts';
import type { FieldLines } from './rules/fields.ts';

/** What the handler is to see of a request's fields: some less, some more than came. */
export interface RequestChange {
  /** In lower case. */
  readonly drop: readonly string[];
  readonly add: FieldLines;
}

/** How the response of a handler leaves, as told by its head. */
export interface Outgoing {
  readonly fields: FieldLines;
  /** What takes a copy of the body on its way; undefined: nobody wants one. */
  readonly collector: BodyCollector | undefined;
  /** The response is stored without an entity tag of the handler's: one of the bytes may be added. */
  readonly wantsEntityTag: boolean;
  /** A cookie that is set while the head is written keeps the response from being stored. */
  readonly refusesCookies?: boolean;
  /** Told that the client takes no more for now, and when that is over. */
  readonly onFull?: (taken: Promise<void>) => void;
  /** Its Cache-Control is that of the options. */
  readonly addsMaxAge?: boolean;
  /** With the whole body at hand before the head has left: what is sent, 304 included. */
  whole(body: Uint8Array, entityTag: string | undefined): Reply;
  /**
   * Where given, nothing of the handler's response is sent: its body goes to the collector alone, and once
   * that has been told of the end this gives what is sent in its place.
   */
  readonly instead: (() => Reply) | undefined;
}

/** A request on its way to the handler. Exactly one of `respond` and `fail` is called, and once. */
export interface Forward {
  /** To be made before the handler is called; undefined: the request is as it came. */
  readonly change: RequestChange | undefined;
  /** Calls the handler. What it settles with is passed on as it is. */
  run<T>(handler: () => T | Promise<T>): T | Promise<T>;
  /** `failure`: the handler's own, which an error handler of the application answers for with this head. */
  respond(head: ResponseHead, failure?: Failure): Outgoing;
  /**
   * The handler gave no response, or broke it off before its body began to be collected. What comes back may be
   * sent in its place, and then `error` is told to `onError`, for nobody else learns of it.
   */
  fail(error?: unknown): Reply | undefined;
}

/** What becomes of a request. */
export type Verdict =
  | {
      readonly kind: 'serve';
      readonly reply: Reply;
      /** To be run behind, with nobody to answer; only where the exchange says that it can be. */
      readonly refresh?: Forward;
    }
  | { readonly kind: 'forward'; readonly forward: Forward };

/** An outgoing response that nobody stores. */
export const plainly = (status: number, fields: FieldLines): Outgoing => ({
  fields,
  collector: undefined,
  wantsEntityTag: false,
  whole: (body) => ({ status, fields, body }),
  instead: undefined,
});

/** An answer of the cache's own in place of the handler's. */
export const instead = (reply: () => Reply, collector?: BodyCollector): Outgoing => ({
  fields: [],
  collector,
  wantsEntityTag: false,
  whole: reply,
  instead: reply,
});
