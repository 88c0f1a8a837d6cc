import type { ResponseHead } from './exchange.ts';
import { keepSeconds } from './keep.ts';
import { MAX_HEAD_BYTES } from './limits.ts';
import type { ResolvedHttpOptions } from './options.ts';
import { initialAge } from './rules/age.ts';
import { noCacheFields } from './rules/cache-control.ts';
import { type FieldLine, type FieldLines, hasField, valuesOf, type RequestFields } from './rules/fields.ts';
import { isFresh } from './rules/freshness.ts';
import { namesDefaultPort } from './rules/bypass.ts';
import { connectionNamed, storableFields } from './rules/header-filter.ts';
import { formatHttpDate } from './rules/http-date.ts';
import { lifetimeOf, mayAddMaxAge } from './rules/lifetime.ts';
import { requestControlOf } from './rules/reusable.ts';
import { audienceOf, maySetCookies, mayShareWith } from './rules/sharing.ts';
import { staleRulesOf } from './rules/stale.ts';
import { type Unstorable, whyUnstorable } from './rules/storable.ts';
import { responseControlOf } from './rules/targeted.ts';
import { isBoundedVary, varyNames, varyValues } from './rules/vary.ts';
import { FORMAT } from './stored-response.ts';
import type { StoreDraft } from './stored-response.ts';

export type WhyNotStored =
  | Unstorable
  | 'no-use'
  | 'credentials'
  | 'host-form'
  | 'hop-by-hop'
  | 'vary-too-long'
  | 'head-too-long'
  | 'length';

/** A response to be kept, whose body is not here yet. */
export type DraftHead = Omit<StoreDraft, 'body' | 'ownTag' | 'dependencies' | 'query'>;

/** What to do with a response whose head is here and whose body is not yet. */
export type StoreDecision =
  | { readonly store: false; readonly reason: WhyNotStored }
  | {
      readonly store: true;
      readonly draft: DraftHead;
      /** How long it is kept, past its lifetime too. */
      readonly ttlS: number;
      /** It can answer others without being validated first. */
      readonly isFresh: boolean;
      /** What Content-Length promises; undefined: nothing. */
      readonly declaredLength: number | undefined;
    };

export type FullHead = ResponseHead & { readonly addedMaxAge: boolean };

/** The response's own head, with the `max-age` that the options add where the handler said nothing. */
export const withDefaultMaxAge = (
  request: RequestFields,
  head: ResponseHead,
  { cacheControlMaxAge, targets }: Pick<ResolvedHttpOptions, 'cacheControlMaxAge' | 'targets'>,
): FullHead => {
  if (cacheControlMaxAge === undefined || !mayAddMaxAge(request, head, targets)) {
    return { ...head, addedMaxAge: false };
  }
  const line: FieldLine = ['Cache-Control', `max-age=${cacheControlMaxAge}`];
  return { status: head.status, fields: [...head.fields, line], addedMaxAge: true };
};

/** RFC 9111 3 and this cache's own limits, all in one place; pure. */
export const decideStore = (
  request: RequestFields,
  head: FullHead,
  options: ResolvedHttpOptions,
  nowMs: number,
): StoreDecision => {
  const { status, fields, addedMaxAge } = head;
  const said = responseControlOf(fields, options.targets);
  const { control } = said;
  const response = { status, fields, ...said };
  const requestControl = requestControlOf(request);
  const why = whyUnstorable({ ...response, request, requestControl, setCookie: options.setCookie });
  if (why) return refused(why);
  const lifetime = lifetimeOf(response, { ...options, addedMaxAge }, nowMs);
  const initialAgeS = initialAge(fields, nowMs);
  const stale = staleRulesOf(control, status);
  const freshS = stale.alwaysValidate ? 0 : Math.max(0, lifetime.seconds - initialAgeS);
  const ttlS = freshS + keepSeconds({ ...stale, lifetime, fields });
  if (ttlS === 0) return refused('no-use');
  const audience = audienceOf(control, lifetime, initialAgeS);
  if (!mayShareWith(audience, request)) return refused('credentials');
  if (!maySetCookies(audience, fields)) return refused('set-cookie');
  const named = varyNames(fields);
  if (named === '*') return refused('vary-too-long');
  const chosenBy = [...named, ...options.keyHeaders];
  if (!isBoundedVary(varyValues(request, chosenBy, options.normalize))) return refused('vary-too-long');
  // RFC 9110 7.6.1: a handler that passes requests on has taken off what Connection names, and the key has it.
  const takenOff = connectionNamed(request);
  if (takenOff.includes('host') || chosenBy.some((name) => takenOff.includes(name)))
    return refused('hop-by-hop');
  if (!options.origin && status >= 300 && namesDefaultPort(request)) return refused('host-form');
  const kept = fieldsToKeep(fields, noCacheFields(control), options.setCookie, nowMs);
  if (sizeOf(kept) > MAX_HEAD_BYTES) return refused('head-too-long');
  const declaredLength = contentLength(fields);
  if (declaredLength === 'invalid' || (declaredLength ?? 0) > options.maxBodyBytes) return refused('length');
  const draft: DraftHead = {
    kind: 'response',
    format: FORMAT,
    status,
    fields: kept,
    receivedAtMs: Math.max(0, nowMs),
    initialAgeS,
    lifetimeS: lifetime.seconds,
    addedMaxAge,
    ...audience,
    ...stale,
  };
  const fresh = isFresh(lifetime.seconds, initialAgeS) && !stale.alwaysValidate;
  return { store: true, draft, ttlS, isFresh: fresh, declaredLength };
};

const refused = (reason: WhyNotStored): StoreDecision => ({ store: false, reason });

const ABOUT_THE_REQUEST: ReadonlySet<WhyNotStored> = new Set([
  'status',
  'request-no-store',
  'authorization',
  'credentials',
  'host-form',
  'hop-by-hop',
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
