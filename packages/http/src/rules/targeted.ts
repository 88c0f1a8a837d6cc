import { parseDictionary, Token } from 'structured-headers';
import { type CacheControl, parseCacheControl } from './cache-control.ts';
import { combinedValue, type FieldLines } from './fields.ts';

/** What a response says about caching to this cache. */
export interface ResponseControl {
  readonly control: CacheControl;
  /** By a field that is for caches such as this one: then neither Cache-Control nor Expires counts. */
  readonly isTargeted: boolean;
}

/**
 * RFC 9213 2.2: the first field of the target list that is a valid, non-empty structured dictionary; where
 * none is, Cache-Control.
 */
export const responseControlOf = (fields: FieldLines, targets: readonly string[]): ResponseControl => {
  for (const name of targets) {
    const value = combinedValue(fields, name);
    const control = value === undefined ? undefined : parseTargeted(value);
    if (control) return { control, isTargeted: true };
  }
  return { control: parseCacheControl(combinedValue(fields, 'cache-control')), isTargeted: false };
};

/** RFC 9213 2.1: undefined for what is empty or no dictionary of RFC 9651. */
export const parseTargeted = (value: string): CacheControl | undefined => {
  let members: ReturnType<typeof parseDictionary>;
  try {
    members = parseDictionary(value);
  } catch {
    // A field that does not parse is as one that is not there.
    return undefined;
  }
  if (members.size === 0) return undefined;
  const directives = new Map<string, readonly (string | null)[]>();
  for (const [name, [item]] of members) {
    if (item !== false) directives.set(name, [argumentOf(item)]);
  }
  return { directives, malformed: false };
};

/** In the words of Cache-Control. What is no Integer is no number of seconds, and so 0. */
const argumentOf = (item: unknown): string | null => {
  if (item === true) return null;
  // RFC 9213 2.1: of the wrong type, so no number either.
  if (typeof item === 'string') return /^\d+$/.test(item) ? '' : item;
  if (typeof item === 'number') return Number.isInteger(item) ? String(item) : '';
  return item instanceof Token ? item.toString() : '';
};
