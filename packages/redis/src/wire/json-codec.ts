/**
 * JSON that other languages can read: plain data is plain JSON. What JSON has no word for (Date, Map, Set,
 * BigInt, undefined, NaN, Error, bytes, ...) is an object `{ "$keepsake": kind, "of": ... }` and comes back
 * as itself; a user's own object that has a field `$keepsake` is wrapped so that the two cannot be confused.
 */
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

const MARK = '$keepsake';

export const jsonCodec: Codec = {
  id: 2,
  encode: (value) => Buffer.from(JSON.stringify(toJson(value, 0))),
  decode: (bytes) => fromJson(JSON.parse(bytes.toString('utf8'))),
};

const wrap = (kind: string, of: unknown): object => ({ [MARK]: kind, of });

const toJson = (value: unknown, depth: number): unknown => {
  switch (typeof value) {
    case 'object':
      return value === null ? null : objectToJson(value, depth);
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : wrap('number', Object.is(value, -0) ? '-0' : String(value));
    case 'bigint':
      return wrap('bigint', String(value));
    case 'undefined':
      return wrap('undefined', null);
    case 'function':
    case 'symbol':
      throw notSerializable(`a ${typeof value}`);
    default:
      return value;
  }
};

const objectToJson = (value: object, depth: number): unknown => {
  if (depth > MAX_DEPTH) throw tooDeep();
  const items = (list: readonly unknown[]): unknown[] => Array.from(list, (item) => toJson(item, depth + 1));
  if (Array.isArray(value)) return items(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return fieldsToJson(value, depth);
  if (value instanceof Date) return wrap('date', value.getTime() || (value.getTime() === 0 ? 0 : null));
  if (value instanceof Map) return wrap('map', items([...value].flat()));
  if (value instanceof Set) return wrap('set', items([...value]));
  if (value instanceof RegExp) return wrap('regexp', [value.source, value.flags]);
  if (value instanceof Error) return wrap('error', items(errorParts(value)));
  if (value instanceof ArrayBuffer) return wrap('ArrayBuffer', Buffer.from(value).toString('base64'));
  if (ArrayBuffer.isView(value)) return viewToJson(value);
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return toJson(value.valueOf(), depth);
  }
  if (Object.keys(value).length === 0) throw notSerializable('an object without data of its own');
  return fieldsToJson(value, depth);
};

const fieldsToJson = (from: object, depth: number): object => {
  const out = {};
  for (const [name, field] of Object.entries(from)) setOwn(out, name, toJson(field, depth + 1));
  return Object.hasOwn(out, MARK) ? wrap('object', out) : out;
};

const viewToJson = (view: ArrayBufferView): object => {
  const name = Buffer.isBuffer(view)
    ? 'Buffer'
    : view instanceof DataView
      ? 'DataView'
      : typedArrayName(view);
  if (name !== 'Buffer' && name !== 'DataView' && !typedArrayNamed(name))
    throw notSerializable(`a ${name ?? 'view'}`);
  return wrap(name ?? '', Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64'));
};

const fromJson = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(fromJson);
  if (json === null || typeof json !== 'object') return json;
  return Object.hasOwn(json, MARK) ? unwrap(json as { [MARK]: unknown; of: unknown }) : fieldsFromJson(json);
};

const fieldsFromJson = (json: object): object => {
  const out = {};
  for (const [name, field] of Object.entries(json)) setOwn(out, name, fromJson(field));
  return out;
};

const unwrap = ({ [MARK]: kind, of }: { [MARK]: unknown; of: unknown }): unknown => {
  switch (kind) {
    case 'object':
      return fieldsFromJson(of as object);
    case 'undefined':
      return undefined;
    case 'number':
      return Number(of);
    case 'bigint':
      return BigInt(of as string);
    case 'date':
      return new Date((of as number | null) ?? NaN);
    case 'map': {
      const flat = fromJson(of) as unknown[];
      return new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));
    }
    case 'set':
      return new Set(fromJson(of) as unknown[]);
    case 'regexp':
      return new RegExp(...(of as [string, string]));
    case 'error':
      return errorOf(fromJson(of) as ErrorParts);
    default:
      return bytesFromJson(String(kind), String(of));
  }
};

const bytesFromJson = (kind: string, base64: string): unknown => {
  const bytes = Buffer.from(base64, 'base64');
  if (kind === 'Buffer') return bytes;
  // Copied: a small Buffer lies inside a pool, at any alignment.
  const { buffer } = new Uint8Array(bytes);
  if (kind === 'ArrayBuffer') return buffer;
  if (kind === 'DataView') return new DataView(buffer);
  const Constructor = typedArrayNamed(kind);
  if (Constructor === undefined) throw new TypeError('json codec: unknown kind');
  return new Constructor(buffer);
};
