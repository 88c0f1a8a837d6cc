import { type CacheControl, hasDirective } from './cache-control.ts';
import { type FieldLines, valuesOf } from './fields.ts';
import { parseHttpDate } from './http-date.ts';
import { isHeuristicallyCacheable } from './status.ts';

/** RFC 9111 4.2.2 asks for a limit; this one is what most caches use. */
const MAX_HEURISTIC_S = 86_400;

/**
 * RFC 9111 4.2.2: without an explicit lifetime a tenth of the time since the last change, for statuses that
 * are defined as cacheable so, and for any under `public`. 0: no guess can be made.
 */
export const heuristicLifetime = (
  response: { readonly status: number; readonly fields: FieldLines; readonly control: CacheControl },
  receivedAtMs: number,
): number => {
  const { status, fields, control } = response;
  if (!isHeuristicallyCacheable(status) && !hasDirective(control, 'public')) return 0;
  const [modified] = valuesOf(fields, 'last-modified');
  const modifiedMs = modified === undefined ? undefined : parseHttpDate(modified, receivedAtMs);
  if (modifiedMs === undefined) return 0;
  const [date] = valuesOf(fields, 'date');
  const dateMs = (date === undefined ? undefined : parseHttpDate(date, receivedAtMs)) ?? receivedAtMs;
  const sinceS = Math.floor(Math.max(0, dateMs - modifiedMs) / 1_000);
  return Math.min(Math.floor(sinceS / 10), MAX_HEURISTIC_S);
};
