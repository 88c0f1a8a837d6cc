import { type CacheOutcome, cacheStatusMember } from './cache-status.ts';
import { rangeOf } from './byte-ranges.ts';
import type { Reply, RequestView } from './exchange.ts';
import { fieldsOfNotModified, isNotModified } from './rules/conditional.ts';
import type { ResolvedHttpOptions } from './options.ts';
import { type FieldLine, type FieldLines, withoutFields } from './rules/fields.ts';
import { hasNoContent } from './rules/status.ts';
import type { StoredResponse } from './stored-response.ts';

/** What this cache adds to the fields of a response on its way out, and takes off them. */
export type Marking = Pick<ResolvedHttpOptions, 'cacheStatus' | 'targets' | 'stripTargets'>;

/**
 * RFC 9211 2: the member of this cache goes behind those of caches nearer the origin. RFC 9213 2.1: target fields
 * are passed on, unless the options say that they were for this cache alone.
 */
export const withCacheStatus = (
  fields: FieldLines,
  { cacheStatus: name, targets, stripTargets }: Marking,
  outcome: CacheOutcome,
): readonly FieldLine[] => {
  const passed = stripTargets ? withoutFields(fields, new Set(targets)) : fields;
  return name === undefined ? passed : [...passed, ['Cache-Status', cacheStatusMember(name, outcome)]];
};

/** What a reply is made of. */
export type Servable = Pick<StoredResponse, 'status' | 'fields' | 'body'>;

export interface ReplyContext {
  readonly nowMs: number;
  /** Of what the reply is made of, in seconds. */
  readonly ageS: number;
  readonly marking: Marking;
}

/**
 * The answer that a stored response gives to a request, RFC 9111 4: 304 where its conditions ask for that,
 * the bytes of its Range, its head alone for HEAD, the Age of now, the length of the bytes that are held.
 */
export const replyFrom = (
  stored: Servable,
  request: Pick<RequestView, 'method' | 'fields'>,
  outcome: CacheOutcome,
  { nowMs, ageS, marking }: ReplyContext,
): Reply => {
  const age: FieldLine = ['Age', String(ageS)];
  // RFC 9110 13.2.2: conditions first, then the range.
  if (isNotModified(request.fields, stored, nowMs)) {
    const fields = withCacheStatus([...fieldsOfNotModified(stored.fields), age], marking, outcome);
    return { status: 304, fields, body: undefined };
  }
  const { status, fields, body } =
    (request.method === 'GET' ? rangeOf(stored, request.fields) : undefined) ?? stored;
  const length: FieldLine[] = hasNoContent(status) ? [] : [['Content-Length', String(body.byteLength)]];
  return {
    status,
    fields: withCacheStatus([...fields, age, ...length], marking, outcome),
    body: request.method === 'HEAD' || hasNoContent(status) ? undefined : body,
  };
};

/** RFC 9111 5.2.1.7: only-if-cached, and nothing is. */
export const gatewayTimeout = (marking: Marking): Reply => ({
  status: 504,
  fields: withCacheStatus([['Cache-Control', 'no-store']], marking, { hit: false, forward: 'request' }),
  body: undefined,
});

/** What came from the handler cannot be made into what the client asked for; the next request begins anew. */
export const badGateway = (marking: Marking): Reply => ({
  status: 502,
  fields: withCacheStatus([['Cache-Control', 'no-store']], marking, { hit: false, forward: 'partial' }),
  body: undefined,
});
