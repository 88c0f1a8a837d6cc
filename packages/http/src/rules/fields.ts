/** One header field line as it stands in a message: the name as it was written, and its value. */
export type FieldLine = readonly [name: string, value: string];
/** The header section of a message, in order; a name may occur on several lines. */
export type FieldLines = readonly FieldLine[];

/** The fields of a request where to list them would be dear: they are asked for by name, in lower case. */
export interface FieldLookup {
  /** Of several lines all values, joined by commas. Undefined: no such field. */
  valueOf(name: string): string | undefined;
  /** All of them, listed after all. */
  lines(): FieldLines;
}
export type RequestFields = FieldLines | FieldLookup;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What no server sends: control characters, and what no byte stands for. */
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** RFC 9110 5.6.2: a token, which is also the form of field names and methods. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** RFC 9110 5.1 and 5.5: the name is a token; CR, LF and NUL in a value are dangerous, and refused like all controls. */
export const isValidFieldLine = ([name, value]: FieldLine): boolean =>
  isToken(name) && !FORBIDDEN_IN_VALUE.test(value);

/** Most names differ in length already; this runs some twenty times a request. */
const isNamed = (line: FieldLine, name: string): boolean =>
  line[0].length === name.length && line[0].toLowerCase() === name;

const NONE: readonly string[] = Object.freeze([]);

const isLookup = (fields: RequestFields): fields is FieldLookup => !Array.isArray(fields);

/** All fields of a request; a list is made of them where there is none. */
export const linesOf = (fields: RequestFields): FieldLines => (isLookup(fields) ? fields.lines() : fields);

/** The values of a field, one a line, in order. `name` in lower case. */
export const valuesOf = (fields: RequestFields, name: string): readonly string[] => {
  if (isLookup(fields)) {
    const value = fields.valueOf(name);
    return value === undefined ? NONE : [value];
  }
  let values: string[] | undefined;
  for (const line of fields) if (isNamed(line, name)) (values ??= []).push(line[1]);
  return values ?? NONE;
};

export const hasField = (fields: RequestFields, name: string): boolean => {
  if (isLookup(fields)) return fields.valueOf(name) !== undefined;
  for (const line of fields) if (isNamed(line, name)) return true;
  return false;
};

/** RFC 9110 5.3: several lines of a field are one list, joined by commas. Undefined: no such field. */
export const combinedValue = (fields: RequestFields, name: string): string | undefined => {
  if (isLookup(fields)) return fields.valueOf(name);
  const values = valuesOf(fields, name);
  return values.length === 0 ? undefined : values.join(', ');
};

/** The fields without those of the given lower-case names. */
export const withoutFields = (fields: FieldLines, names: ReadonlySet<string>): FieldLine[] =>
  fields.filter((line) => !names.has(line[0].toLowerCase()));

/**
 * RFC 9110 5.6.1: the members of a comma-separated list, white space around them off, empty ones dropped.
 * A comma inside a quoted string divides nothing. Undefined: a quoted string does not end.
 */
export const splitList = (text: string): string[] | undefined => {
  const members: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (quoted && c === '\\') i += 1;
    else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted) {
      members.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (quoted) return undefined;
  members.push(text.slice(start));
  return members.map(trimSpace).filter((member) => member !== '');
};

/**
 * Optional white space (RFC 9110 5.6.3) is space and tab only. No pattern: one that looks for an end takes the square of
 * a long gap.
 */
export const trimSpace = (text: string): string => {
  let start = 0;
  let end = text.length;
  while (start < end && isSpaceAt(text, start)) start += 1;
  while (start < end && isSpaceAt(text, end - 1)) end -= 1;
  return text.slice(start, end);
};

const isSpaceAt = (text: string, at: number): boolean => text[at] === ' ' || text[at] === '\t';
