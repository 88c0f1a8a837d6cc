/**
 * Core's own copier: what goes into a cache and what comes out share nothing with the caller.
 *
 * Idea: a recursive walk over what a remote store could carry as well (plain objects, arrays, Date, Map,
 * Set, RegExp, Error, BigInt, typed arrays, ArrayBuffer, DataView), so that memory behaves as production
 * does. A class instance becomes a plain copy of its own enumerable properties. References that occur
 * twice are copied twice; a cycle runs into the depth limit. Cost: O(nodes), primitives and strings free.
 */
import { CacheError } from './errors.ts';

/** Nesting beyond this is refused; it also ends a cycle. */
export const MAX_DEPTH = 1_000;
/** Nodes beyond this are refused: a small graph whose parts are shared can unfold without end. */
const MAX_NODES = 5_000_000;

const ERROR_TYPES: readonly ErrorConstructor[] = [
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
];

/** `slice` of every typed array; unlike Buffer's own `slice` it copies. */
const typedArraySlice = (Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array).slice;

/**
 * A deep copy of `value`.
 *
 * @throws CacheError ERR_SERIALIZE for a function, a symbol, a cycle, nesting over 1,000, or an object
 * without data of its own to copy (a Promise, a WeakMap, a stream).
 */
export const copyValue = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return copyPrimitive(value) as T;
  try {
    return copyObject(value, 0, { nodes: 0 }) as T;
  } catch (error) {
    if (error instanceof CacheError) throw error;
    throw new CacheError('ERR_SERIALIZE', 'value: a property throws', { cause: error });
  }
};

const tooLarge = (): CacheError =>
  new CacheError('ERR_SERIALIZE', 'value: circular, nested over 1,000 deep, or too large');

const copyAny = (value: unknown, depth: number, budget: { nodes: number }): unknown =>
  typeof value === 'object' && value !== null ? copyObject(value, depth, budget) : copyPrimitive(value);

const copyPrimitive = (value: unknown): unknown => {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new CacheError('ERR_SERIALIZE', `value: a ${typeof value} cannot be cached`);
  }
  return value;
};

const copyObject = (value: object, depth: number, budget: { nodes: number }): unknown => {
  budget.nodes += 1;
  if (depth > MAX_DEPTH || budget.nodes > MAX_NODES) {
    throw tooLarge();
  }
  if (Array.isArray(value)) {
    budget.nodes += value.length; // holes count: they are copied, too
    if (budget.nodes > MAX_NODES) throw tooLarge();
    const out = new Array<unknown>(value.length);
    for (let i = 0; i < value.length; i += 1) out[i] = copyAny(value[i], depth + 1, budget);
    return out;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? copyProperties(value, {}, depth, budget)
    : copySpecial(value, depth, budget);
};

const copySpecial = (value: object, depth: number, budget: { nodes: number }): unknown => {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Map) {
    const out = new Map<unknown, unknown>();
    for (const [k, v] of value) out.set(copyAny(k, depth + 1, budget), copyAny(v, depth + 1, budget));
    return out;
  }
  if (value instanceof Set) {
    const out = new Set<unknown>();
    for (const v of value) out.add(copyAny(v, depth + 1, budget));
    return out;
  }
  if (ArrayBuffer.isView(value)) return copyView(value);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Error) return copyError(value, depth, budget);
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf();
  const out = copyProperties(value, {}, depth, budget);
  if (Object.keys(out).length === 0) {
    throw new CacheError('ERR_SERIALIZE', `value: ${className(value)} has no data that can be cached`);
  }
  return out;
};

const copyView = (view: ArrayBufferView): ArrayBufferView => {
  if (view instanceof DataView) {
    return new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  }
  return typedArraySlice.call(view as Uint8Array);
};

const copyError = (error: Error, depth: number, budget: { nodes: number }): Error => {
  const known = ERROR_TYPES.find(({ name }) => name === error.name);
  const out = new (known ?? Error)(error.message);
  const fields: [string, unknown][] = [
    ['name', error.name],
    ['stack', error.stack],
  ];
  if ('cause' in error) fields.push(['cause', copyAny(error.cause, depth + 1, budget)]);
  for (const [name, field] of fields) {
    Object.defineProperty(out, name, { value: field, writable: true, configurable: true, enumerable: false });
  }
  return copyProperties(error, out, depth, budget);
};

const copyProperties = <O extends object>(
  from: object,
  to: O,
  depth: number,
  budget: { nodes: number },
): O => {
  for (const name of Object.keys(from)) {
    const field = copyAny((from as Record<string, unknown>)[name], depth + 1, budget);
    // A plain assignment to __proto__ would set the prototype.
    if (name === '__proto__') {
      Object.defineProperty(to, name, { value: field, writable: true, configurable: true, enumerable: true });
    } else {
      (to as Record<string, unknown>)[name] = field;
    }
  }
  return to;
};

const className = (value: object): string => {
  const constructor = (value as { constructor?: { name?: unknown } }).constructor;
  return typeof constructor?.name === 'string' && constructor.name !== '' ? constructor.name : 'an object';
};
