import type { ResponseHead } from './exchange.ts';
import { MAX_HEAD_BYTES } from './limits.ts';
import type { ResolvedHttpOptions } from './options.ts';
import { initialAge } from './rules/age.ts';
import { noCacheFields, parseCacheControl } from './rules/cache-control.ts';
import { combinedValue, type FieldLine, type FieldLines, hasField, valuesOf } from './rules/fields.ts';
import { isFresh } from './rules/freshness.ts';
import { storableFields } from './rules/header-filter.ts';
import { formatHttpDate } from './rules/http-date.ts';
import { lifetimeOf, mayAddMaxAge } from './rules/lifetime.ts';
import { requestControlOf } from './rules/reusable.ts';
import { audienceOf, maySetCookies, mayShareWith } from './rules/sharing.ts';
import { type Unstorable, whyUnstorable } from './rules/storable.ts';
import { isBoundedVary, varyNames, varyValues } from './rules/vary.ts';
import { FORMAT } from './stored-response.ts';
import type { StoreDraft } from './response-store.ts';

export type WhyNotStored =
  Unstorable | 'no-lifetime' | 'credentials' | 'vary-too-long' | 'head-too-long' | 'length';

/** What to do with a response whose head is here and whose body is not yet. */
export type StoreDecision =
  | { readonly store: false; readonly reason: WhyNotStored }
  | {
      readonly store: true;
      readonly draft: Omit<StoreDraft, 'body'>;
      readonly ttlS: number;
      /** What Content-Length promises; undefined: nothing. */
      readonly declaredLength: number | undefined;
    };

/** The response's own head, with the `max-age` that the options add where the handler said nothing. */
export const withDefaultMaxAge = (
  request: FieldLines,
  head: ResponseHead,
  maxAge: number | undefined,
): { readonly fields: FieldLines; readonly added: boolean } => {
  if (maxAge === undefined || !mayAddMaxAge(request, head)) return { fields: head.fields, added: false };
  const line: FieldLine = ['Cache-Control', `max-age=${maxAge}`];
  return { fields: [...head.fields, line], added: true };
};

/** RFC 9111 3 and this cache's own limits, all in one place; pure. */
export const decideStore = (
  request: FieldLines,
  head: ResponseHead & { readonly addedMaxAge: boolean },
  options: ResolvedHttpOptions,
  nowMs: number,
): StoreDecision => {
  const { status, fields } = head;
  const control = parseCacheControl(combinedValue(fields, 'cache-control'));
  const response = { status, fields, control };
  const requestControl = requestControlOf(request);
  const why = whyUnstorable({ ...response, request, requestControl, setCookie: options.setCookie });
  if (why) return { store: false, reason: why };
  const lifetime = lifetimeOf(response, { ...options, addedMaxAge: head.addedMaxAge }, nowMs);
  const initialAgeS = initialAge(fields, nowMs);
  if (!isFresh(lifetime.seconds, initialAgeS)) return { store: false, reason: 'no-lifetime' };
  const audience = audienceOf(control, lifetime, initialAgeS);
  if (!mayShareWith(audience, request)) return { store: false, reason: 'credentials' };
  if (!maySetCookies(audience, fields)) return { store: false, reason: 'set-cookie' };
  const named = varyNames(fields);
  if (named === '*' || !isBoundedVary(varyValues(request, [...named, ...options.keyHeaders]))) {
    return { store: false, reason: 'vary-too-long' };
  }
  const kept = fieldsToKeep(fields, noCacheFields(control), options.setCookie, nowMs);
  if (sizeOf(kept) > MAX_HEAD_BYTES) return { store: false, reason: 'head-too-long' };
  const declaredLength = contentLength(fields);
  if (declaredLength === 'invalid' || (declaredLength ?? 0) > options.maxBodyBytes) {
    return { store: false, reason: 'length' };
  }
  const draft = {
    kind: 'response' as const,
    format: FORMAT as typeof FORMAT,
    status,
    fields: kept,
    receivedAtMs: Math.max(0, nowMs),
    initialAgeS,
    lifetimeS: lifetime.seconds,
    ...audience,
  };
  return { store: true, draft, ttlS: lifetime.seconds - initialAgeS, declaredLength };
};

const ABOUT_THE_REQUEST: ReadonlySet<WhyNotStored> = new Set([
  'status',
  'request-no-store',
  'authorization',
  'credentials',
  'vary-too-long',
]);

/** Whether the next response of the URL will likely not be storable either. */
export const isLasting = (reason: WhyNotStored): boolean => !ABOUT_THE_REQUEST.has(reason);

/** RFC 9110 6.6.1: a response without Date gets that of its receipt. */
const fieldsToKeep = (
  fields: FieldLines,
  noCache: readonly string[] | 'all',
  setCookie: ResolvedHttpOptions['setCookie'],
  nowMs: number,
): FieldLine[] => {
  const cookies = setCookie === 'store' ? [] : ['set-cookie', 'set-cookie2'];
  const kept = storableFields(fields, [...cookies, ...(noCache === 'all' ? [] : noCache)]);
  return hasField(kept, 'date') ? kept : [...kept, ['Date', formatHttpDate(nowMs)]];
};

const sizeOf = (fields: FieldLines): number =>
  fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);

/** RFC 9110 8.6: one number; the same one several times over is still one. */
const contentLength = (fields: FieldLines): number | undefined | 'invalid' => {
  const [first, ...others] = valuesOf(fields, 'content-length').flatMap((value) => value.split(','));
  if (first === undefined) return undefined;
  const length = first.trim();
  return /^\d+$/.test(length) && others.every((other) => other.trim() === length)
    ? Number(length)
    : 'invalid';
};
