import { isStrong } from './entity-tag.ts';
import { combinedValue, type FieldLines, trimSpace, valuesOf, type RequestFields } from './fields.ts';
import { parseHttpDate } from './http-date.ts';
import type { Part } from './content-range.ts';

/** RFC 9110 14.2 allows to ignore what looks like an attack: more ranges than this, or any two that overlap. */
export const MAX_RANGES = 8;

/** What a Range field asks of a representation. `whole`: it is ignored. */
export type Selection =
  | { readonly kind: 'whole' }
  | { readonly kind: 'parts'; readonly parts: readonly Part[] }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: Selection = { kind: 'whole' };
const SPEC = /^(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))$/;

interface RangeSpec {
  /** Undefined: the last so many bytes. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly suffix: number;
}

/** RFC 9110 14.1.2: the ranges of bytes that are asked for; undefined: none, or none that can be read. */
export const requestedRanges = (request: RequestFields): readonly RangeSpec[] | undefined => {
  const value = combinedValue(request, 'range');
  const match = value === undefined ? null : /^bytes=(.*)$/i.exec(value);
  if (!match) return undefined;
  const specs: RangeSpec[] = [];
  for (const member of (match[1] ?? '').split(',').map(trimSpace)) {
    if (member === '') continue;
    const parsed = SPEC.exec(member);
    if (!parsed) return undefined;
    const first = parsed[1] === undefined ? undefined : Number(parsed[1]);
    const last = parsed[2] === undefined ? undefined : Number(parsed[2]);
    if (first !== undefined && last !== undefined && last < first) return undefined;
    specs.push({ first, last, suffix: Number(parsed[3] ?? 0) });
  }
  return specs.length > 0 ? specs : undefined;
};

/** RFC 9110 14.2: which bytes of a representation of so many are to be sent. */
export const selectRanges = (
  request: RequestFields,
  representation: FieldLines,
  length: number,
): Selection => {
  const specs = requestedRanges(request);
  if (!specs || specs.length > MAX_RANGES || !ifRangeHolds(request, representation)) return WHOLE;
  const parts = specs.map((spec) => resolveRange(spec, length)).filter((part) => part !== undefined);
  if (parts.length === 0) return { kind: 'unsatisfiable' };
  const sorted = [...parts].sort((a, b) => a.first - b.first);
  const overlap = sorted.some((part, i) => i > 0 && part.first <= (sorted[i - 1]?.last ?? -1));
  return overlap ? WHOLE : { kind: 'parts', parts };
};

const resolveRange = ({ first, last, suffix }: RangeSpec, length: number): Part | undefined => {
  const from = first ?? Math.max(0, length - suffix);
  const to = first === undefined ? length - 1 : Math.min(last ?? length - 1, length - 1);
  return from <= to && !(first === undefined && suffix === 0) ? { first: from, last: to, length } : undefined;
};

/** RFC 9110 13.1.5: compared strongly; a date only where it is a strong validator. Not given: it holds. */
export const ifRangeHolds = (request: RequestFields, representation: FieldLines): boolean => {
  const [condition] = valuesOf(request, 'if-range');
  if (condition === undefined) return true;
  if (isStrong(condition)) return valuesOf(representation, 'etag')[0] === condition;
  const [modified] = valuesOf(representation, 'last-modified');
  return modified === condition && isStrongDate(representation);
};

/** RFC 9110 8.8.2.2: a change within the same second would have been seen by the time of the Date. */
const isStrongDate = (fields: FieldLines): boolean => {
  const [modified, date] = [valuesOf(fields, 'last-modified')[0] ?? '', valuesOf(fields, 'date')[0] ?? ''];
  const [modifiedMs, dateMs] = [parseHttpDate(modified, 0), parseHttpDate(date, 0)];
  return modifiedMs !== undefined && dateMs !== undefined && dateMs - modifiedMs >= 1_000;
};
