import { type FieldLine, type FieldLines, hasField, valuesOf, withoutFields } from './fields.ts';
import { formatHttpDate } from './http-date.ts';

/** RFC 9111 4.3.1: the conditions by which a stored response is validated, its validators as they came. */
export const validatingFields = (stored: FieldLines, isOwnTag: boolean): FieldLine[] => {
  const conditions: FieldLine[] = [];
  const [entityTag] = valuesOf(stored, 'etag');
  const [modified] = valuesOf(stored, 'last-modified');
  // A tag that this cache made means nothing to the handler.
  if (entityTag !== undefined && !isOwnTag) conditions.push(['If-None-Match', entityTag]);
  if (modified !== undefined) conditions.push(['If-Modified-Since', modified]);
  return conditions;
};

/** RFC 9111 3.2: what describes the stored bytes stays as it is, whatever a 304 or a HEAD says. */
const KEPT: ReadonlySet<string> = new Set(['content-length', 'content-encoding', 'content-range']);

/**
 * RFC 9111 3.2 and 4.3.4: the stored fields, replaced by those that came, others kept. RFC 9110 6.6.1: without
 * a Date it is that of receipt; the old one would make the response old.
 */
export const updatedFields = (stored: FieldLines, given: FieldLines, nowMs: number): FieldLine[] => {
  const fresh = withoutFields(given, KEPT);
  const dated: FieldLine[] = hasField(fresh, 'date') ? fresh : [...fresh, ['Date', formatHttpDate(nowMs)]];
  const names = new Set(dated.map(([name]) => name.toLowerCase()));
  return [...withoutFields(stored, names), ...dated];
};

/** Whether nothing but the Date differs: then an update need not be written where it lengthens no life. */
export const differsOnlyInDate = (a: FieldLines, b: FieldLines): boolean => textOf(a) === textOf(b);

const UNTIMED: ReadonlySet<string> = new Set(['date', 'age']);

const textOf = (fields: FieldLines): string =>
  withoutFields(fields, UNTIMED)
    .map(([name, value]) => `${name.toLowerCase()}:${value}`)
    .sort()
    .join('\n');

/**
 * RFC 9111 4.3.5: whether the answer to a HEAD is about the stored response: its validators and its length,
 * where it gives them, are the same.
 */
export const isSameRepresentation = (
  stored: { readonly fields: FieldLines; readonly body: Uint8Array; readonly ownTag: boolean },
  head: FieldLines,
): boolean => {
  const agrees = (name: string): boolean => {
    const [given] = valuesOf(head, name);
    const [known] = valuesOf(stored.fields, name);
    return given === undefined || known === undefined || given === known;
  };
  const [length] = valuesOf(head, 'content-length');
  return (
    (stored.ownTag || agrees('etag')) &&
    agrees('last-modified') &&
    (length === undefined || length.trim() === String(stored.body.byteLength))
  );
};
