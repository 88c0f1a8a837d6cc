import { type CacheOutcome, cacheStatusMember } from './cache-status.ts';
import type { Reply, RequestView } from './exchange.ts';
import { currentAge } from './rules/age.ts';
import { fieldsOfNotModified, isNotModified } from './rules/conditional.ts';
import type { FieldLine, FieldLines } from './rules/fields.ts';
import { hasNoContent } from './rules/status.ts';
import type { StoredResponse } from './stored-response.ts';

/** RFC 9211 2: the member of this cache goes behind those of caches nearer the origin. */
export const withCacheStatus = (
  fields: FieldLines,
  name: string | undefined,
  outcome: CacheOutcome,
): readonly FieldLine[] =>
  name === undefined ? fields : [...fields, ['Cache-Status', cacheStatusMember(name, outcome)]];

/**
 * The answer that a stored response gives to a request: RFC 9111 4: 304 where its conditions ask for that,
 * its head alone for HEAD, the Age of now, the length of the bytes that are held.
 */
export const replyFrom = (
  stored: StoredResponse,
  request: Pick<RequestView, 'method' | 'fields'>,
  outcome: CacheOutcome,
  { nowMs, cacheStatus }: { readonly nowMs: number; readonly cacheStatus: string | undefined },
): Reply => {
  const age: FieldLine = ['Age', String(currentAge(stored.initialAgeS, stored.receivedAtMs, nowMs))];
  if (isNotModified(request.fields, stored, nowMs)) {
    const fields = withCacheStatus([...fieldsOfNotModified(stored.fields), age], cacheStatus, outcome);
    return { status: 304, fields, body: undefined };
  }
  const length: FieldLine[] = hasNoContent(stored.status)
    ? []
    : [['Content-Length', String(stored.body.byteLength)]];
  return {
    status: stored.status,
    fields: withCacheStatus([...stored.fields, age, ...length], cacheStatus, outcome),
    body: request.method === 'HEAD' || hasNoContent(stored.status) ? undefined : stored.body,
  };
};

/** RFC 9111 5.2.1.7: only-if-cached, and nothing is. */
export const gatewayTimeout = (cacheStatus: string | undefined): Reply => ({
  status: 504,
  fields: withCacheStatus([['Cache-Control', 'no-store']], cacheStatus, { hit: false, forward: 'request' }),
  body: undefined,
});
