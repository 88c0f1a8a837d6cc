import { type CacheControl, deltaSeconds } from './cache-control.ts';
import { type FieldLines, hasField } from './fields.ts';
import { freshnessLifetime } from './freshness.ts';
import { isSuccess } from './status.ts';

/** How long a response is fresh in this cache, and how long on the handler's own word. */
export interface Lifetime {
  readonly seconds: number;
  /** What the handler itself gave; 0: nothing, or nothing usable, or an end at once. */
  readonly ownS: number;
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
  const given = freshnessLifetime(response.fields, response.control, receivedAtMs) ?? 0;
  const ownS = policy.addedMaxAge ? 0 : given;
  const overridable = deltaSeconds(response.control, 's-maxage') === undefined;
  if (policy.serverTtlS !== undefined && overridable && (isSuccess(response.status) || given > 0)) {
    return { seconds: policy.serverTtlS, ownS };
  }
  return { seconds: given, ownS };
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
