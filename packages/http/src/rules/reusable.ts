import { type CacheControl, deltaSeconds, hasDirective, parseCacheControl } from './cache-control.ts';
import { partOf } from './content-range.ts';
import { combinedValue, type FieldLines, hasField, type RequestFields } from './fields.ts';
import { isFresh } from './freshness.ts';
import { requestedRanges, selectRanges } from './range.ts';
import { type Audience, mayShareWith } from './sharing.ts';
import { acceptsStale, type StaleRules } from './stale.ts';

/** What a decision about reuse needs to know of a stored response. */
export interface Reusable extends Audience, StaleRules {
  readonly lifetimeS: number;
  readonly status: number;
  readonly fields: FieldLines;
}

/**
 * Why a stored response does not answer. `credentials`: it is not for who asks. `partial`: it is a part, and
 * not the one that is asked for. `stale`: to be validated. `request`: the request wants it validated.
 */
export type WhyNotReusable = 'credentials' | 'partial' | 'stale' | 'request';

/**
 * RFC 9111 5.2.1 and 5.4: what the request asks of a stored response. `Pragma: no-cache` counts only where
 * there is no Cache-Control.
 */
export const requestControlOf = (request: RequestFields): CacheControl => {
  const control = parseCacheControl(combinedValue(request, 'cache-control'));
  if (hasField(request, 'cache-control')) return control;
  const pragma = parseCacheControl(combinedValue(request, 'pragma'));
  return hasDirective(pragma, 'no-cache') ? parseCacheControl('no-cache') : control;
};

/** Why a stored response, chosen by key and Vary, does not answer this request; undefined: it does. */
export const whyNotReusable = (
  stored: Reusable,
  ageS: number,
  request: RequestFields,
  control: CacheControl,
): WhyNotReusable | undefined => {
  if (!mayShareWith(stored, request)) return 'credentials';
  if (!holdsWhatIsAsked(stored, request)) return 'partial';
  if (stored.alwaysValidate) return 'stale';
  if (isFresh(stored.lifetimeS, ageS)) {
    return isRefusedByRequest(stored, ageS, control) ? 'request' : undefined;
  }
  const isRefused = hasDirective(control, 'no-cache');
  return !isRefused && acceptsStale(stored, ageS, control) ? undefined : 'stale';
};

/** RFC 9111 5.2.1.1 max-age, 5.2.1.3 min-fresh, 5.2.1.4 no-cache. */
export const isRefusedByRequest = (
  stored: Pick<Reusable, 'lifetimeS'>,
  ageS: number,
  control: CacheControl,
): boolean => {
  const maxAge = deltaSeconds(control, 'max-age');
  const minFresh = deltaSeconds(control, 'min-fresh');
  return (
    hasDirective(control, 'no-cache') ||
    (maxAge !== undefined && ageS > maxAge) ||
    (minFresh !== undefined && stored.lifetimeS - ageS < minFresh)
  );
};

/** RFC 9111 3.3: a stored part answers only a request for bytes that it holds. */
export const holdsWhatIsAsked = (
  stored: Pick<Reusable, 'status' | 'fields'>,
  request: RequestFields,
): boolean => {
  if (stored.status !== 206) return true;
  const held = partOf(stored.fields);
  if (!held || !requestedRanges(request)) return false;
  const selection = selectRanges(request, stored.fields, held.length);
  if (selection.kind !== 'parts' || selection.parts.length !== 1) return false;
  return selection.parts.every(({ first, last }) => held.first <= first && last <= held.last);
};
