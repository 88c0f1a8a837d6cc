import type { ResponseHead } from './exchange.ts';
import type { ResolvedHttpOptions } from './options.ts';
import {
  type FieldLine,
  type FieldLines,
  hasField,
  withoutFields,
  type RequestFields,
} from './rules/fields.ts';
import { updatedFields } from './rules/validation.ts';
import { decideStore, type FullHead, type StoreDecision } from './store-decision.ts';
import type { StoredResponse } from './stored-response.ts';

/** A stored response with what has come since, and whether the two together may be stored. */
export interface Merged {
  readonly head: FullHead;
  readonly decision: StoreDecision;
  /** Of the response that came: for its client alone. */
  readonly cookies: readonly FieldLine[];
  /** The entity tag is still the one that was made here. */
  readonly hasOwnTag: boolean;
}

const COOKIES: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2']);
const OF_A_PART: ReadonlySet<string> = new Set(['content-range', 'content-length']);

/** RFC 9111 4.3.4 and 4.3.5: the stored response with the fields of a 304, or of a 200 to HEAD. */
export const updatedBy = (
  stored: StoredResponse,
  fields: FieldLines,
  request: RequestFields,
  options: ResolvedHttpOptions,
): Merged => {
  const nowMs = options.clock.wallNow();
  const isKept = options.setCookie === 'store';
  const given = isKept ? fields : withoutFields(fields, COOKIES);
  const head: FullHead = {
    status: stored.status,
    fields: updatedFields(stored.fields, given, nowMs),
    addedMaxAge: stored.addedMaxAge && !hasField(given, 'cache-control') && !hasField(given, 'expires'),
  };
  return {
    head,
    decision: decideStore(request, head, options, nowMs),
    cookies: isKept ? [] : fields.filter(([name]) => COOKIES.has(name.toLowerCase())),
    hasOwnTag: stored.ownTag && !hasField(given, 'etag'),
  };
};

/** RFC 9110 15.3.7.3: a stored part with the fields of the rest, as the whole that the two are. */
export const completedBy = (
  stored: StoredResponse,
  rest: ResponseHead & { readonly addedMaxAge: boolean },
  request: RequestFields,
  options: ResolvedHttpOptions,
): Pick<Merged, 'head' | 'decision'> => {
  const nowMs = options.clock.wallNow();
  const kept = withoutFields(stored.fields, OF_A_PART);
  const fields = updatedFields(kept, withoutFields(rest.fields, OF_A_PART), nowMs);
  const head: FullHead = { status: 200, fields, addedMaxAge: rest.addedMaxAge };
  return { head, decision: decideStore(request, head, options, nowMs) };
};
