/**
 * One text for each value, whatever the order in which an object was put together.
 *
 * Idea: JSON's grammar with sorted keys, and a mark of its own for each kind that JSON lacks or confuses
 * (`1n`, `undefined`, `NaN`, dates, maps, sets, bytes). Strings are always quoted, marks never are, so no
 * string reads like another kind: distinct values give distinct texts. Nothing is trimmed, folded or
 * normalized. `-0` is 0, as for `===`. What cannot be told apart from outside (a class instance, a
 * function) is refused, since two that differ would look the same. Bytes go in as their SHA-256.
 */
import { createHash } from 'node:crypto';
import { CacheError } from '@keepsake/core';

/** Deeper values are refused, and so are those that hold themselves. */
export const MAX_DEPTH = 1_000;

/** @throws CacheError ERR_SERIALIZE for a function, symbol, class instance or nesting over 1,000. */
export const canonicalText = (value: unknown): string => encode(value, 0);

const encode = (value: unknown, depth: number): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : encodeObject(value, depth);
    case 'function':
    case 'symbol':
      return refuse(`a ${typeof value}`);
  }
};

const encodeObject = (value: object, depth: number): string => {
  if (depth >= MAX_DEPTH) return refuse(`nesting deeper than ${MAX_DEPTH}`);
  const below = (inner: unknown): string => encode(inner, depth + 1);
  if (Array.isArray(value)) return `[${Array.from(value as unknown[], below).join()}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Set) return `Set(${[...value].map(below).sort().join()})`;
  if (value instanceof Map) return `Map(${[...value].map(below).sort().join()})`;
  if (value instanceof ArrayBuffer) return `bytes(${sha256(new Uint8Array(value))})`;
  if (ArrayBuffer.isView(value)) return `${bytesKind(value)}(${sha256(bytesOf(value))})`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return refuse('a class instance');
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse('a property named by a symbol');
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${below(member)}`).join()}}`;
};

/** A Buffer, a Uint8Array and an ArrayBuffer of the same bytes are the same bytes. */
const bytesKind = (view: ArrayBufferView): string =>
  view instanceof Uint8Array ? 'bytes' : Object.prototype.toString.call(view).slice(8, -1);

export const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const refuse = (what: string): never => {
  throw new CacheError('ERR_SERIALIZE', `query: holds ${what}, which has no canonical form`);
};
