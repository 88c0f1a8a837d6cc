import { deltaSeconds } from './cache-control.ts';
import { type FieldLines, hasField, type RequestFields } from './fields.ts';
import { freshnessLifetime } from './freshness.ts';
import { heuristicLifetime } from './heuristic.ts';
import { isSuccess } from './status.ts';
import type { ResponseControl } from './targeted.ts';

/** How long a response is fresh in this cache, and how long on the handler's own word. */
export interface Lifetime {
  readonly seconds: number;
  /** What the handler itself gave; 0: nothing, or nothing usable, or an end at once. */
  readonly ownS: number;
  /** It, or an option, said something, be it that the response is stale. */
  readonly isStated: boolean;
}

/**
 * The lifetime in this cache: the response's own s-maxage, else `serverTtl` for a success, else its own
 * max-age or Expires, else a guess. RFC 9111 4.2.1, 4.2.2; `serverTtl` is this cache's own policy on top.
 */
export const lifetimeOf = (
  response: ResponseControl & { readonly status: number; readonly fields: FieldLines },
  policy: { readonly serverTtlS: number | undefined; readonly addedMaxAge: boolean },
  receivedAtMs: number,
): Lifetime => {
  const explicit = freshnessLifetime(response.fields, response, receivedAtMs);
  const given = explicit ?? 0;
  const ownS = policy.addedMaxAge ? 0 : given;
  const overridable = deltaSeconds(response.control, 's-maxage') === undefined;
  if (policy.serverTtlS !== undefined && overridable && (isSuccess(response.status) || given > 0)) {
    return { seconds: policy.serverTtlS, ownS, isStated: true };
  }
  if (explicit !== undefined) return { seconds: explicit, ownS, isStated: true };
  const isStated = response.isTargeted || hasField(response.fields, 'cache-control');
  return { seconds: heuristicLifetime(response, receivedAtMs), ownS, isStated };
};

/**
 * Whether `cacheControlMaxAge` may be added: the handler said nothing about caching, it is a success, it
 * sets no cookie, and neither Authorization nor Cookie may have made the response one person's.
 */
export const mayAddMaxAge = (
  request: RequestFields,
  response: { readonly status: number; readonly fields: FieldLines },
  targets: readonly string[],
): boolean =>
  isSuccess(response.status) &&
  !hasCredentials(request) &&
  ![...SPEAKS_FOR_ITSELF, ...targets].some((name) => hasField(response.fields, name));

const SPEAKS_FOR_ITSELF = ['cache-control', 'expires', 'pragma', 'set-cookie'];

/** What may make a response one person's. */
export const hasCredentials = (request: RequestFields): boolean =>
  hasField(request, 'authorization') || hasField(request, 'cookie');
