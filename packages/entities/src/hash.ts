import { createHash } from 'node:crypto';
import { CacheError } from '@keepsake/core';
import { bytesOf, canonicalText } from './canonical.ts';

/** 128 bits: fewer can be forged. */
const HASH_CHARACTERS = 32;

const hash = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, HASH_CHARACTERS);

/**
 * 32 hex characters of SHA-256 over the canonical form of a value: the same for `{ a, b }` and `{ b, a }`,
 * different for values that differ, be it in case, white space or type (`1` and `'1'`).
 *
 * @example
 * ```ts
 * import { hashQuery } from '@keepsake/entities';
 *
 * console.log(hashQuery({ text: 'beach', page: 2 }) === hashQuery({ page: 2, text: 'beach' })); // true
 * console.log(hashQuery('Beach') === hashQuery('beach')); // false
 * ```
 * @throws CacheError ERR_SERIALIZE for a function, symbol, class instance or nesting over 1,000.
 */
export const hashQuery = (value: unknown): string => hash(canonicalText(value));

/**
 * 32 hex characters of SHA-256 over bytes: names an uploaded image by what it shows, whatever its file is
 * called.
 *
 * @throws CacheError ERR_VALUE for what is neither a view of bytes nor an ArrayBuffer.
 */
export const hashContent = (bytes: ArrayBufferView | ArrayBuffer): string => {
  if (ArrayBuffer.isView(bytes)) return hash(bytesOf(bytes));
  if (bytes instanceof ArrayBuffer) return hash(new Uint8Array(bytes));
  throw new CacheError('ERR_VALUE', `hashContent: expected bytes, got ${typeof bytes}`);
};
