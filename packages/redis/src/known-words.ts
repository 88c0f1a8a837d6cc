import { CacheError } from '@keepsake/core';

/** Every option of `T`, by name: as a record, so that the compiler misses none. */
export type Words<T> = Readonly<Record<Extract<keyof T, string>, true>>;

/**
 * An option by a name that nobody knows would be ignored in silence where there is no compiler. One that is undefined
 * says nothing, and is let be.
 *
 * @throws CacheError ERR_OPTION that names the first unknown one, and the known one that it may be a slip of; never what
 * was given for it. ERR_OPTION, too, for no object.
 */
export const refuseUnknown = (what: string, given: unknown, known: object): void => {
  if (typeof given !== 'object' || given === null) {
    throw new CacheError('ERR_OPTION', `${what}: expected an object of options`);
  }
  const words = Object.keys(known);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || words.includes(name)) continue;
    throw new CacheError('ERR_OPTION', `${what}: there is no option '${name}'${suggestion(name, words)}`);
  }
};

/** `; did you mean 'ttl'?`, or nothing where no known word is within two letters of it. */
export const suggestion = (word: string, known: readonly string[]): string => {
  const meant = [1, 2].flatMap((edits) => known.filter((one) => isNear(word, one, edits)))[0];
  return meant === undefined ? '' : `; did you mean '${meant}'?`;
};

/** Whether so many letters changed, added or left out make one of the other. */
const isNear = (one: string, other: string, edits: number, at = 0): boolean => {
  if (one === other) return true;
  if (edits === 0) return false;
  if (one[at] === other[at]) return isNear(one, other, edits, at + 1);
  const left = one.slice(at + 1);
  const otherLeft = other.slice(at + 1);
  return (
    isNear(left, otherLeft, edits - 1) ||
    isNear(left, other.slice(at), edits - 1) ||
    isNear(one.slice(at), otherLeft, edits - 1)
  );
};
