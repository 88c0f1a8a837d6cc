import { CacheError } from '@keepsake/core';

/** The most names that one lease can hold. */
export const MAX_NAMES = 64;
/** The longest name, in UTF-16 units. */
export const MAX_NAME_LENGTH = 1_024;

/**
 * The names of a lease, sorted and without repeats: whoever takes several takes them in the same order.
 *
 * @throws CacheError ERR_LOCK_NAME for no names, more than 64, or one that is no string, is empty, longer
 * than 1,024 units or holds a lone surrogate.
 */
export const toLockNames = (name: string | readonly string[]): readonly string[] => {
  if (typeof name === 'string') return [checkName(name)];
  if (!Array.isArray(name)) return refuse(`expected a string or an array of strings, got ${kindOf(name)}`);
  if (name.length === 0 || name.length > MAX_NAMES) {
    return refuse(`expected 1 to ${MAX_NAMES} names, got ${name.length}`);
  }
  // Not `map`, which passes over holes.
  return [...new Set(Array.from(name, checkName))].sort();
};

/** @throws CacheError ERR_LOCK_NAME */
export const checkName = (name: unknown): string => {
  if (typeof name !== 'string') return refuse(`expected a string, got ${kindOf(name)}`);
  if (name.length === 0) return refuse('must not be empty');
  if (name.length > MAX_NAME_LENGTH) {
    return refuse(`${name.length} characters, the longest is ${MAX_NAME_LENGTH}`);
  }
  return name.isWellFormed() ? name : refuse('holds a lone surrogate, which no UTF-8 store can keep apart');
};

const refuse = (why: string): never => {
  throw new CacheError('ERR_LOCK_NAME', `lock name: ${why}`);
};

const kindOf = (value: unknown): string => (value === null ? 'null' : typeof value);
