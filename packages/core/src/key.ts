import { refuse } from './check.ts';
import { CacheError } from './errors.ts';

/**
 * The name of an entry: a string, taken as it is, or an array of segments, each escaped
 * (`%` `:` `{` `}` become `%25 %3A %7B %7D`) and joined by `:`, so that distinct tuples are distinct keys.
 */
export type Key = string | readonly (string | number | bigint)[];

/** The longest key, in UTF-16 units; a backend may shorten what it stores, never confuse two. */
export const MAX_KEY_LENGTH = 65_536;

const ESCAPES: Record<string, string> = { '%': '%25', ':': '%3A', '{': '%7B', '}': '%7D' };
const NEEDS_ESCAPE = /[%:{}]/g;

/**
 * The string form of a key.
 *
 * @throws CacheError ERR_KEY for an empty key, a wrong type, a lone surrogate or a key over 64 Ki units.
 */
export const toKeyString = (key: Key): string => {
  const text = typeof key === 'string' ? key : Array.isArray(key) ? joined(key) : badKey(key);
  return checkText(text);
};

/**
 * Joins segments to a key that no other segments can give.
 *
 * @example
 * ```ts
 * import { buildKey } from '@keepsake/core';
 *
 * console.log(buildKey('user', 7, 'profile')); // 'user:7:profile'
 * console.log(buildKey('a:b', 'c') === buildKey('a', 'b:c')); // false
 * ```
 * @throws CacheError ERR_KEY for no segments, an empty result or a segment that is no string or finite number.
 */
export const buildKey = (...segments: readonly (string | number | bigint)[]): string => joined(segments);

const joined = (segments: readonly unknown[]): string => {
  if (segments.length === 0) badKey(segments);
  return checkText(Array.from(segments, encodeSegment).join(':'));
};

const encodeSegment = (segment: unknown): string => {
  switch (typeof segment) {
    case 'string':
      return segment.replace(NEEDS_ESCAPE, (c) => ESCAPES[c] ?? c);
    case 'bigint':
      return String(segment);
    case 'number':
      if (Number.isFinite(segment)) return Object.is(segment, -0) ? '0' : String(segment);
      break;
    default:
  }
  return badKey(segment);
};

/** The text that `buildKey(text)` was made from. */
export const unescapeSegment = (segment: string): string =>
  segment.replace(/%(25|3A|7B|7D)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const checkText = (text: string): string => {
  if (text.length === 0 || text.length > MAX_KEY_LENGTH) {
    throw new CacheError('ERR_KEY', `key: ${text.length} characters, expected 1 to ${MAX_KEY_LENGTH}`);
  }
  if (!text.isWellFormed()) {
    throw new CacheError('ERR_KEY', 'key: holds a lone surrogate');
  }
  return text;
};

const badKey = (value: unknown): never => {
  return refuse(`key (${typeof value})`, 'a string or an array of strings and numbers', 'ERR_KEY');
};
