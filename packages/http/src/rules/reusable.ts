import { type CacheControl, deltaSeconds, hasDirective, parseCacheControl } from './cache-control.ts';
import { combinedValue, type FieldLines, hasField } from './fields.ts';
import { isFresh } from './freshness.ts';

/** What a decision about reuse needs to know of a stored response. */
export interface Reusable {
  readonly lifetimeS: number;
  /** The handler gave the lifetime itself; false: an option did. */
  readonly explicit: boolean;
  /** It may answer requests with Authorization: see `permitsSharing`. */
  readonly shared: boolean;
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
  if (isKeptFromAuthorization(stored, request) || isKeptFromCookie(stored, request)) return 'credentials';
  return undefined;
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

/** Stricter than RFC 9111 3.5: who authenticates gets only what is expressly for all. */
export const isKeptFromAuthorization = (stored: Reusable, request: FieldLines): boolean =>
  hasField(request, 'authorization') && !stored.shared;

/** A lifetime that the handler did not give says nothing about who may see the response. */
export const isKeptFromCookie = (stored: Reusable, request: FieldLines): boolean =>
  hasField(request, 'cookie') && !stored.explicit;
