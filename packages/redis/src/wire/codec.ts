import { CacheError } from '@keepsake/core';

/**
 * Turns values into bytes and back. What `encode` cannot carry faithfully it refuses with CacheError
 * ERR_SERIALIZE; what `decode` cannot read it throws on, which makes the entry a miss.
 */
export interface Codec {
  /** 64 to 255, kept in every entry: another codec's entries are misses, never misread. 0 to 63 are ours. */
  readonly id: number;
  encode(value: unknown): Buffer;
  decode(bytes: Buffer): unknown;
}

/** Nesting beyond this is refused; it also ends a cycle. */
export const MAX_DEPTH = 1_000;

export const tooDeep = (): CacheError =>
  new CacheError('ERR_SERIALIZE', `value: it is circular or nested over ${MAX_DEPTH} deep`);

export const notSerializable = (what: string): CacheError =>
  new CacheError('ERR_SERIALIZE', `value: ${what} cannot be cached`);

const ERROR_TYPES: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** What is kept of an Error: name, message, stack, own enumerable fields, and its cause where it has one. */
export type ErrorParts = [
  name: string,
  message: string,
  stack: string | undefined,
  fields: object,
  ...cause: unknown[],
];

export const errorParts = (error: Error): ErrorParts => [
  error.name,
  error.message,
  error.stack,
  { ...error },
  ...('cause' in error ? [error.cause] : []),
];

export const errorOf = ([name, message, stack, fields, ...cause]: ErrorParts): Error => {
  const error = new (ERROR_TYPES[name] ?? Error)(message);
  const hidden: [string, unknown][] = [
    ['name', name],
    ['stack', stack],
  ];
  if (cause.length > 0) hidden.push(['cause', cause[0]]);
  for (const [key, value] of hidden) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
  }
  for (const [key, value] of Object.entries(fields)) setOwn(error, key, value);
  return error;
};

/** Sets an own property whatever its name: a plain assignment to `__proto__` would set the prototype. */
export const setOwn = (target: object, key: string, value: unknown): void => {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
};

const TYPED_ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

type TypedArrayConstructor = new (
  buffer: ArrayBufferLike,
  offset?: number,
  length?: number,
) => ArrayBufferView;

/** The constructor of a typed array by its name, or undefined. */
export const typedArrayNamed = (name: string | undefined): TypedArrayConstructor | undefined =>
  name !== undefined && Object.hasOwn(TYPED_ARRAYS, name)
    ? TYPED_ARRAYS[name as keyof typeof TYPED_ARRAYS]
    : undefined;

/** The plain name of a typed array, subclasses included: `Float32Array`. */
export const typedArrayName = (view: ArrayBufferView): string | undefined =>
  (view as unknown as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
