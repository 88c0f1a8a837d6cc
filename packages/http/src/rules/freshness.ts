import { deltaSeconds } from './cache-control.ts';
import { type FieldLines, valuesOf } from './fields.ts';
import { parseHttpDate } from './http-date.ts';
import type { ResponseControl } from './targeted.ts';

/**
 * RFC 9111 4.2.1: the explicit freshness lifetime in seconds for a shared cache: s-maxage, else max-age,
 * else Expires, which does not count beside a targeted field. Undefined: the response says nothing about
 * it. 0: it says that it is stale.
 */
export const freshnessLifetime = (
  fields: FieldLines,
  { control, isTargeted }: ResponseControl,
  receivedAtMs: number,
): number | undefined =>
  deltaSeconds(control, 's-maxage') ??
  deltaSeconds(control, 'max-age') ??
  (isTargeted ? undefined : lifetimeFromExpires(fields, receivedAtMs));

/**
 * RFC 9111 5.3: Expires minus Date; the time of receipt stands in for a missing or invalid Date. An
 * invalid Expires, such as `0`, and two lines of it are in the past.
 */
export const lifetimeFromExpires = (fields: FieldLines, receivedAtMs: number): number | undefined => {
  const lines = valuesOf(fields, 'expires');
  const [expires] = lines;
  if (expires === undefined) return undefined;
  const expiresMs = lines.length === 1 ? parseHttpDate(expires, receivedAtMs) : undefined;
  if (expiresMs === undefined) return 0;
  const date = valuesOf(fields, 'date')[0];
  const dateMs = (date === undefined ? undefined : parseHttpDate(date, receivedAtMs)) ?? receivedAtMs;
  return Math.max(0, Math.floor((expiresMs - dateMs) / 1_000));
};

/** RFC 9111 4.2: fresh while the lifetime exceeds the age. */
export const isFresh = (lifetimeS: number, ageS: number): boolean => lifetimeS > ageS;
