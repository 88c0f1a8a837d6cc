import { CacheError } from '../errors.ts';

const MAX_ARGUMENT_DEPTH = 100;

/**
 * A text that is equal for equal arguments and differs for different ones: the order of object fields,
 * Map entries and Set members is irrelevant, types are kept apart (1, '1', 1n), NaN equals NaN, -0 is not 0,
 * a field that holds undefined is as one that is absent, and so are undefined arguments at the end.
 *
 * @throws CacheError ERR_KEY for what has no content that could name an entry: a function, a symbol, a class
 * instance, a cycle (or nesting over 100).
 */
export const canonicalArguments = (args: readonly unknown[]): string => {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length -= 1;
  return encodeList(args.slice(0, length), 0);
};

const encode = (value: unknown, depth: number): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : encodeObject(value, depth + 1);
    default:
      return refuse(`a ${typeof value}`);
  }
};

const encodeObject = (value: object, depth: number): string => {
  if (depth > MAX_ARGUMENT_DEPTH) return refuse('a circular or very deep object');
  if (Array.isArray(value)) return encodeList(value, depth);
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) {
    return `Map${unordered([...value].map(([k, v]) => `${encode(k, depth)}=>${encode(v, depth)}`))}`;
  }
  if (value instanceof Set) return `Set${unordered([...value].map((v) => encode(v, depth)))}`;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `${Object.prototype.toString.call(value).slice(8, -1)}(${hex})`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse('a class instance');
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return unordered(fields.map(([name, field]) => `${JSON.stringify(name)}:${encode(field, depth)}`));
};

const unordered = (parts: string[]): string => `{${parts.sort().join(',')}}`;

const encodeList = (items: readonly unknown[], depth: number): string =>
  `[${Array.from(items, (item) => encode(item, depth)).join(',')}]`;

const refuse = (what: string): never => {
  throw new CacheError('ERR_KEY', `arguments: ${what} cannot name a cache entry; give a \`key\` function`);
};
