/**
 * The default codec: MessagePack with the types that JavaScript has, by msgpackr.
 *
 * Payload: one byte (0, or 1 where escapes occur), then MessagePack. What msgpackr would change in silence
 * (a key `__proto__`, -0, a string with a lone surrogate, the fields of an Error) is written as an escape: an
 * array that begins with MessagePack's never-used code C1, which no value of a user's can hold. Values
 * without escapes, nearly all, need no second walk when they are read. A copy is made of those parts only
 * that must change. Global extensions of msgpackr are left alone: other users in the process have theirs.
 */
import { C1, Packr } from 'msgpackr';
import {
  type Codec,
  errorOf,
  type ErrorParts,
  errorParts,
  MAX_DEPTH,
  notSerializable,
  setOwn,
  tooDeep,
  typedArrayName,
  typedArrayNamed,
} from './codec.ts';

const PLAIN = Buffer.from([0]);
const ESCAPED = Buffer.from([1]);

const packr = new Packr({
  useRecords: true,
  moreTypes: true,
  mapsAsObjects: false,
  useBigIntExtension: true,
  copyBuffers: true,
  useToJSON: false,
});

export const binaryCodec: Codec = {
  id: 1,
  encode: (value) => {
    const walk: Walk = { hasEscapes: false };
    const packable = prepare(value, 0, walk);
    return Buffer.concat([walk.hasEscapes ? ESCAPED : PLAIN, packr.pack(packable)]);
  },
  decode: (bytes) => {
    const value: unknown = packr.unpack(bytes.subarray(1));
    switch (bytes[0]) {
      case 0:
        return value;
      case 1:
        return revive(value);
      default:
        throw new TypeError('binary codec: unknown form');
    }
  },
};

interface Walk {
  hasEscapes: boolean;
}

type Kind = '-0' | 'string' | 'object' | 'error';

const escape = (walk: Walk, kind: Kind, content: unknown): unknown[] => {
  walk.hasEscapes = true;
  return [C1, kind, content];
};

const prepare = (value: unknown, depth: number, walk: Walk): unknown => {
  switch (typeof value) {
    case 'object':
      return value === null ? null : prepareObject(value, depth, walk);
    case 'string':
      return value.isWellFormed() ? value : escape(walk, 'string', Buffer.from(value, 'utf16le'));
    case 'number':
      return Object.is(value, -0) ? escape(walk, '-0', 0) : value;
    case 'function':
    case 'symbol':
      throw notSerializable(`a ${typeof value}`);
    default:
      return value;
  }
};

const prepareObject = (value: object, depth: number, walk: Walk): unknown => {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (Array.isArray(value)) return prepareArray(value, depth, walk);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return prepareFields(value, depth, walk);
  if (value instanceof Date || value instanceof RegExp || value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value)) return plainView(value);
  if (value instanceof Map) {
    const flat = prepareArray([...value].flat(), depth, walk);
    return new Map(Array.from({ length: value.size }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));
  }
  if (value instanceof Set) return new Set(prepareArray([...value], depth, walk));
  if (value instanceof Error) return escape(walk, 'error', prepareArray(errorParts(value), depth, walk));
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return prepare(value.valueOf(), depth, walk);
  }
  const fields = { ...value };
  if (Object.keys(fields).length === 0) throw notSerializable('an object without data of its own');
  return prepareFields(fields, depth, walk);
};

/** The array itself where nothing in it has to change. */
const prepareArray = (from: readonly unknown[], depth: number, walk: Walk): readonly unknown[] => {
  let copy: unknown[] | undefined;
  for (let i = 0; i < from.length; i += 1) {
    const item = prepare(from[i], depth + 1, walk);
    if (item !== from[i] && !Number.isNaN(item)) (copy ??= [...from])[i] = item;
  }
  return copy ?? from;
};

const prepareFields = (from: object, depth: number, walk: Walk): unknown => {
  let copy: Record<string, unknown> | undefined;
  let isOrdinary = true;
  const names = Object.keys(from);
  for (const name of names) {
    const field = (from as Record<string, unknown>)[name];
    const prepared = prepare(field, depth + 1, walk);
    if (prepared !== field && !Number.isNaN(prepared)) setOwn((copy ??= { ...from }), name, prepared);
    if (name === '__proto__' || !name.isWellFormed()) isOrdinary = false;
  }
  const fields = (copy ?? from) as Record<string, unknown>;
  if (isOrdinary) return fields;
  return escape(
    walk,
    'object',
    names.flatMap((name) => [prepare(name, depth, walk), fields[name]]),
  );
};

/** Buffer and the built-in typed arrays as they are; a subclass as what it extends. */
const plainView = (view: ArrayBufferView): ArrayBufferView => {
  if (view instanceof DataView) {
    return view.byteLength === view.buffer.byteLength ? view : new DataView(bytesOf(view));
  }
  const name = typedArrayName(view);
  const Constructor = typedArrayNamed(name);
  if (Constructor === undefined) throw notSerializable(`a ${name ?? 'view'}`);
  const isBuiltIn = view.constructor === Constructor || Buffer.isBuffer(view);
  return isBuiltIn ? view : new Constructor(bytesOf(view));
};

const bytesOf = (view: ArrayBufferView): ArrayBuffer =>
  new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)).buffer;

/** Puts back what was escaped. The value is ours alone: it is changed in place. */
const revive = (value: unknown): unknown => {
  if (Array.isArray(value)) return value[0] === C1 ? reviveEscape(value[1], value[2]) : reviveItems(value);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [revive(k), revive(v)]));
  if (value instanceof Set) return new Set([...value].map(revive));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) fields[name] = revive(fields[name]);
  return fields;
};

const reviveItems = (items: unknown[]): unknown[] => {
  for (let i = 0; i < items.length; i += 1) items[i] = revive(items[i]);
  return items;
};

const reviveEscape = (kind: unknown, content: unknown): unknown => {
  switch (kind as Kind) {
    case '-0':
      return -0;
    case 'string':
      return (content as Buffer).toString('utf16le');
    case 'error':
      return errorOf(reviveItems(content as unknown[]) as ErrorParts);
    case 'object': {
      const flat = reviveItems(content as unknown[]);
      const object = {};
      for (let i = 0; i < flat.length; i += 2) setOwn(object, flat[i] as string, flat[i + 1]);
      return object;
    }
    default:
      throw new TypeError('binary codec: unknown escape');
  }
};
