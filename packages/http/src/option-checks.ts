import { CacheError } from '@keepsake/core';

/** What is thrown for misuse: which option, what to write, and what was found there. */
export const refusal = (name: string, expected: string, value: unknown): CacheError =>
  new CacheError('ERR_HTTP_OPTION', `${name}: expected ${expected}, got ${shown(value)}`);

/** The kind of a value, and no more of its content than a line can hold; the password of a URL never. */
const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.replace(/\/\/[^/]*@/, '//').slice(0, 40));
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** An object, and no array, whose properties may be read. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const hasFunctions = (value: unknown, names: readonly string[]): boolean =>
  isObject(value) && names.every((name) => typeof value[name] === 'function');

export const refuseNoCache = (value: unknown): void => {
  if (hasFunctions(value, ['getOrSet', 'namespace'])) return;
  throw refusal('cache', 'a cache such as createCache() makes', value);
};

/** A name that is not known is mostly one misspelt, and its option would silently not hold. */
export const refuseUnknownNames = (what: string, given: object, known: readonly string[]): void => {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw new CacheError(
      'ERR_HTTP_OPTION',
      `${what}: expected only ${known.join(', ')}, got the name ${shown(name)}`,
    );
  }
};

export const wholeNumber = (name: string, value: unknown, low: number, high: number): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  throw refusal(name, `a whole number from ${low} to ${high}`, value);
};

export const truth = (name: string, value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  throw refusal(name, 'true or false', value);
};

/** One of a few words. */
export const oneOf = <T extends string>(name: string, value: unknown, words: readonly T[]): T => {
  const word = words.find((each) => each === value);
  if (word !== undefined) return word;
  const last = words.at(-1) ?? '';
  throw refusal(name, `${words.slice(0, -1).map(quoted).join(', ')} or ${quoted(last)}`, value);
};

const quoted = (word: string): string => `'${word}'`;

export const refuseNoFunction = (name: string, value: unknown): void => {
  if (value !== undefined && typeof value !== 'function') throw refusal(name, 'a function', value);
};

/** The distinct texts of an array; a text that stands where the array should is not taken apart. */
export const distinctTexts = (
  name: string,
  value: unknown,
  { expected, most, isText }: TextRule,
): readonly string[] => {
  if (!Array.isArray(value)) throw refusal(name, expected, value);
  const texts = new Set<string>();
  for (const text of value as readonly unknown[]) {
    if (typeof text !== 'string' || !isText(text)) throw refusal(`${name}[...]`, expected, text);
    texts.add(text);
    if (texts.size > most) throw refusal(name, `${expected}, at most ${most}`, value.length);
  }
  return [...texts];
};

export interface TextRule {
  /** In words, with an example. */
  readonly expected: string;
  /** So many distinct ones at most. */
  readonly most: number;
  readonly isText: (text: string) => boolean;
}
