import { type CacheControl, deltaSeconds, hasDirective, parseCacheControl } from './cache-control.ts';
import { combinedValue, type FieldLines, hasField } from './fields.ts';
import { isFresh } from './freshness.ts';
import { type Audience, mayShareWith } from './sharing.ts';

/** What a decision about reuse needs to know of a stored response. */
export interface Reusable extends Audience {
  readonly lifetimeS: number;
}

/**
 * RFC 9111 5.2.1 and 5.4: what the request asks of a stored response. `Pragma: no-cache` counts only where
 * there is no Cache-Control.
 */
export const requestControlOf = (request: FieldLines): CacheControl => {
  const control = parseCacheControl(combinedValue(request, 'cache-control'));
  if (hasField(request, 'cache-control')) return control;
  const pragma = parseCacheControl(combinedValue(request, 'pragma'));
  return hasDirective(pragma, 'no-cache') ? parseCacheControl('no-cache') : control;
};

/** Why a stored response, chosen by key and Vary, does not answer this request; undefined: it does. */
export const whyNotReusable = (
  stored: Reusable,
  ageS: number,
  request: FieldLines,
  control: CacheControl,
): 'request' | 'stale' | 'credentials' | undefined => {
  if (!isFresh(stored.lifetimeS, ageS)) return 'stale';
  if (isRefusedByRequest(stored, ageS, control)) return 'request';
  return mayShareWith(stored, request) ? undefined : 'credentials';
};

/** RFC 9111 5.2.1.1 max-age, 5.2.1.3 min-fresh, 5.2.1.4 no-cache. */
export const isRefusedByRequest = (stored: Reusable, ageS: number, control: CacheControl): boolean => {
  const maxAge = deltaSeconds(control, 'max-age');
  const minFresh = deltaSeconds(control, 'min-fresh');
  return (
    hasDirective(control, 'no-cache') ||
    (maxAge !== undefined && ageS > maxAge) ||
    (minFresh !== undefined && stored.lifetimeS - ageS < minFresh)
  );
};
