import { type CacheControl, deltaSeconds, hasDirective, noCacheFields } from './cache-control.ts';
import type { FieldLines } from './fields.ts';
import { valuesOf } from './fields.ts';

/** What a response allows once it is stale. */
export interface StaleRules {
  /** RFC 9111 5.2.2.4: to be validated on each use, fresh or not. */
  readonly alwaysValidate: boolean;
  /** RFC 9111 4.2.4: nothing forbids to serve it stale where the handler cannot be asked. */
  readonly mayBeStale: boolean;
  /** RFC 5861 3, in seconds past its lifetime. */
  readonly whileRevalidateS: number;
  /** RFC 5861 4, in seconds past its lifetime. */
  readonly ifErrorS: number;
}

/**
 * RFC 9111 5.2.2.2 must-revalidate, 5.2.2.8 proxy-revalidate, 5.2.2.10 s-maxage (which implies the latter),
 * 5.2.2.4 no-cache; and an error is not worth being kept alive.
 */
export const forbidsStale = (control: CacheControl, status: number): boolean =>
  ['must-revalidate', 'proxy-revalidate', 's-maxage'].some((name) => hasDirective(control, name)) ||
  noCacheFields(control) === 'all' ||
  status >= 500;

export const staleRulesOf = (control: CacheControl, status: number): StaleRules => {
  const mayBeStale = !forbidsStale(control, status);
  const window = (name: string): number => (mayBeStale ? (deltaSeconds(control, name) ?? 0) : 0);
  return {
    alwaysValidate: noCacheFields(control) === 'all',
    mayBeStale,
    whileRevalidateS: window('stale-while-revalidate'),
    ifErrorS: window('stale-if-error'),
  };
};

type Aged = StaleRules & { readonly lifetimeS: number };

/** RFC 5861 3: served at once, with a validation behind. */
export const mayServeWhileRevalidating = (stored: Aged, ageS: number): boolean =>
  stored.mayBeStale && ageS - stored.lifetimeS < stored.whileRevalidateS;

/** RFC 5861 4: instead of an error that the handler answers with. */
export const mayServeOnError = (stored: Aged, ageS: number): boolean =>
  stored.mayBeStale && ageS - stored.lifetimeS < stored.ifErrorS;

/** RFC 9111 5.2.1.2: the client takes what is stale by at most so much; without a number, by any. */
export const acceptsStale = (stored: Aged, ageS: number, request: CacheControl): boolean => {
  const given = request.directives.get('max-stale');
  if (!given || !stored.mayBeStale) return false;
  if (given.every((argument) => argument === null)) return true;
  return ageS - stored.lifetimeS <= (deltaSeconds(request, 'max-stale') ?? 0);
};

/** RFC 5861 4: the statuses that count as an error of the handler. */
export const isServerError = (status: number): boolean => [500, 502, 503, 504].includes(status);

/** RFC 9110 15.6.3, 15.6.5: a gateway behind this cache could not reach its origin: as good as no answer. */
export const isUnreachable = (status: number): boolean => status === 502 || status === 504;

/** RFC 9110 8.8: what a stored response can be validated by. */
export const hasValidator = (fields: FieldLines): boolean =>
  valuesOf(fields, 'etag').length === 1 || valuesOf(fields, 'last-modified').length === 1;
