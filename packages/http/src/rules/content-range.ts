import { type FieldLines, valuesOf } from './fields.ts';

/** Which bytes of how many: first and last, both counted in. */
export interface Part {
  readonly first: number;
  readonly last: number;
  readonly length: number;
}

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i;

/** RFC 9110 14.4: one part of a known whole; undefined for anything else, several parts included. */
export const partOf = (fields: FieldLines): Part | undefined => {
  const lines = valuesOf(fields, 'content-range');
  const match = lines.length === 1 ? CONTENT_RANGE.exec(lines[0] ?? '') : null;
  if (!match) return undefined;
  const [first, last, length] = match.slice(1).map(Number) as [number, number, number];
  return first <= last && last < length ? { first, last, length } : undefined;
};

export const contentRange = ({ first, last, length }: Part): string => `bytes ${first}-${last}/${length}`;

/**
 * Which part so many bytes are, all of a complete message, where its field says another: they begin where it says, and
 * a part that was to reach the end of the whole does. Undefined: more than it says, or none.
 */
export const partThatCame = ({ first, last, length }: Part, bytes: number): Part | undefined => {
  const end = first + bytes - 1;
  if (bytes === 0 || end > last) return undefined;
  return { first, last: end, length: last === length - 1 ? end + 1 : length };
};
