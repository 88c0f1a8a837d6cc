import type { RequestTarget } from './request-target.ts';
import type { VaryValues } from './rules/vary.ts';

/**
 * Keys are tuples in JSON, hashed for the store; the whole tuple lies with the response and is compared on
 * every read, so neither a collision of the hash nor a swapped entry can answer for another URL.
 */
export const urlTuple = (target: RequestTarget): string =>
  JSON.stringify(['GET', target.scheme, target.authority, target.path, target.query]);

/** The URL, and the values of the request fields that options add to the key. */
export const primaryTuple = (url: string, keyFields: VaryValues): string => JSON.stringify([url, keyFields]);

/** One response among those of a URL that varies. */
export const variantTuple = (primary: string, generation: string, values: VaryValues): string =>
  JSON.stringify([primary, generation, values]);

/** RFC 9110 4.2.3 leaves the query as it is; an allow-list keeps the named parameters, in their order. */
export const keptQuery = (query: string | null, only: ReadonlySet<string> | undefined): string | null => {
  if (query === null || !only) return query;
  const kept = query.split('&').filter((pair) => only.has(parameterName(pair)));
  return kept.length === 0 ? null : kept.join('&');
};

/** As application/x-www-form-urlencoded reads it, so that `%61` and `a` are one name. */
const parameterName = (pair: string): string => {
  const [name] = new URLSearchParams(pair).keys();
  return name ?? '';
};
