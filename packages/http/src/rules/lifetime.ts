import { type CacheControl, deltaSeconds } from './cache-control.ts';
import { type FieldLines, hasField } from './fields.ts';
import { freshnessLifetime } from './freshness.ts';
import { isSuccess } from './status.ts';

/** How long a response is fresh in this cache, and on whose word. */
export interface Lifetime {
  readonly seconds: number;
  /** `'response'`: its own fields; `'default'`: an option, because the handler said nothing usable. */
  readonly from: 'response' | 'default';
}

/**
 * The lifetime in this cache: the response's own s-maxage, else `serverTtl` for a success, else its own
 * max-age or Expires. RFC 9111 4.2.1; `serverTtl` is this cache's own policy on top.
 */
export const lifetimeOf = (
  response: { readonly status: number; readonly fields: FieldLines; readonly control: CacheControl },
  policy: { readonly serverTtlS: number | undefined; readonly addedMaxAge: boolean },
  receivedAtMs: number,
): Lifetime => {
  const own = freshnessLifetime(response.fields, response.control, receivedAtMs);
  const saidByHandler = own !== undefined && !policy.addedMaxAge;
  const overridable = deltaSeconds(response.control, 's-maxage') === undefined;
  if (policy.serverTtlS !== undefined && overridable && (isSuccess(response.status) || (own ?? 0) > 0)) {
    return { seconds: policy.serverTtlS, from: saidByHandler ? 'response' : 'default' };
  }
  return { seconds: own ?? 0, from: saidByHandler ? 'response' : 'default' };
};

/**
 * Whether `cacheControlMaxAge` may be added: the handler said nothing about caching, it is a success, it
 * sets no cookie, and neither Authorization nor Cookie may have made the response one person's.
 */
export const mayAddMaxAge = (
  request: FieldLines,
  response: { readonly status: number; readonly fields: FieldLines },
): boolean =>
  isSuccess(response.status) &&
  !hasCredentials(request) &&
  !['cache-control', 'expires', 'pragma', 'set-cookie'].some((name) => hasField(response.fields, name));

/** What may make a response one person's. */
export const hasCredentials = (request: FieldLines): boolean =>
  hasField(request, 'authorization') || hasField(request, 'cookie');
