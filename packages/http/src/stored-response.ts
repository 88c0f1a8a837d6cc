import { type FieldLine, isToken, isValidFieldLine } from './rules/fields.ts';
import { isOfOneMessage } from './rules/header-filter.ts';
import type { Reusable } from './rules/reusable.ts';
import { isStorableStatus } from './rules/status.ts';
import { MAX_VARY_FIELDS, type VaryValues } from './rules/vary.ts';

/** The form of what lies in the store; another number is a miss. */
export const FORMAT = 2;

/** A complete response as it lies in the store. Immutable: it is shared by reference. */
export interface StoredResponse extends Reusable {
  readonly kind: 'response';
  readonly format: typeof FORMAT;
  /** The whole key, compared on every read. */
  readonly tuple: string;
  readonly vary: VaryValues;
  readonly status: number;
  readonly fields: readonly FieldLine[];
  readonly body: Uint8Array;
  /** Wall time of receipt, milliseconds. */
  readonly receivedAtMs: number;
  readonly initialAgeS: number;
  /** The ETag was made here, of the bytes. */
  readonly ownTag: boolean;
  /** Its max-age is that of the options: the handler said nothing. */
  readonly addedMaxAge: boolean;
  /** The query that it was made for; null: none. */
  readonly query: string | null;
  /** What the handler read through the cache to make it. */
  readonly dependencies: readonly string[];
}

/** A response to be stored; the slot decides its tuple. */
export type StoreDraft = Omit<StoredResponse, 'tuple' | 'vary' | 'query'>;

/**
 * What lies at the key of a URL whose responses differ by request fields. The responses lie at keys of
 * their own that include `generation`: without this record, or with another, none of them can be reached.
 */
export interface VaryRecord {
  readonly kind: 'vary';
  readonly format: typeof FORMAT;
  readonly tuple: string;
  readonly generation: string;
  readonly names: readonly string[];
}

/**
 * What came out of the store, if it is whole and ours and lies where it belongs; undefined, a miss, for
 * anything else. Only own properties count, so a polluted prototype supplies nothing.
 */
export const readStored = (value: unknown, tuple: string): StoredResponse | VaryRecord | undefined => {
  const get = ownProperties(value);
  if (!get || get('format') !== FORMAT || get('tuple') !== tuple) return undefined;
  if (get('kind') === 'vary') return readVaryRecord(get, tuple);
  return get('kind') === 'response' ? readResponse(get, tuple) : undefined;
};

type Getter = (name: string) => unknown;

const ownProperties = (value: unknown): Getter | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (name) => (Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined);
};

/** Characters of a UUID, and then some: it becomes part of keys. */
const MAX_GENERATION = 64;

const readVaryRecord = (get: Getter, tuple: string): VaryRecord | undefined => {
  const generation = get('generation');
  const names = get('names');
  if (typeof generation !== 'string' || generation.length > MAX_GENERATION) return undefined;
  if (!Array.isArray(names)) return undefined;
  // Each name is looked for in every request.
  if (names.length > MAX_VARY_FIELDS || !names.every(isFieldName)) return undefined;
  return { kind: 'vary', format: FORMAT, tuple, generation, names };
};

const readResponse = (get: Getter, tuple: string): StoredResponse | undefined => {
  const [status, fields, vary, body] = [get('status'), get('fields'), get('vary'), get('body')];
  const [receivedAtMs, initialAgeS, lifetimeS] = [get('receivedAtMs'), get('initialAgeS'), get('lifetimeS')];
  const [whileRevalidateS, ifErrorS] = [get('whileRevalidateS'), get('ifErrorS')];
  const [explicit, shared, ownTag] = [get('explicit'), get('shared'), get('ownTag')];
  const [alwaysValidate, mayBeStale] = [get('alwaysValidate'), get('mayBeStale')];
  const [addedMaxAge, dependencies, query] = [get('addedMaxAge'), get('dependencies'), get('query')];
  if (typeof status !== 'number' || !isStorableStatus(status) || !(body instanceof Uint8Array))
    return undefined;
  if (!isCount(receivedAtMs) || !isCount(initialAgeS) || !isCount(lifetimeS)) return undefined;
  // It is said in Age.
  if (!Number.isInteger(initialAgeS)) return undefined;
  if (!isCount(whileRevalidateS) || !isCount(ifErrorS)) return undefined;
  if (typeof explicit !== 'boolean' || typeof shared !== 'boolean' || typeof ownTag !== 'boolean')
    return undefined;
  if (typeof alwaysValidate !== 'boolean' || typeof mayBeStale !== 'boolean') return undefined;
  if (typeof addedMaxAge !== 'boolean' || !isTexts(dependencies)) return undefined;
  if (query !== null && typeof query !== 'string') return undefined;
  if (!isFieldLines(fields) || !isVaryValues(vary)) return undefined;
  return {
    kind: 'response',
    format: FORMAT,
    tuple,
    vary,
    status,
    fields,
    body,
    receivedAtMs,
    initialAgeS,
    lifetimeS,
    whileRevalidateS,
    ifErrorS,
    explicit,
    shared,
    ownTag,
    alwaysValidate,
    mayBeStale,
    addedMaxAge,
    dependencies,
    query,
  };
};

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const isFieldName = (value: unknown): value is string => typeof value === 'string' && isToken(value);

/** RFC 9651 3.3.1: the largest that fields can say, and later than any time. */
const MAX_COUNT = 999_999_999_999_999;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MAX_COUNT;

const isPair = (value: unknown): value is readonly [unknown, unknown] =>
  Array.isArray(value) && value.length === 2;

const isFieldLines = (value: unknown): value is readonly FieldLine[] =>
  Array.isArray(value) &&
  value.every(
    (line) =>
      isPair(line) &&
      typeof line[0] === 'string' &&
      typeof line[1] === 'string' &&
      isValidFieldLine([line[0], line[1]]) &&
      !isOfOneMessage(line[0]),
  );

const isVaryValues = (value: unknown): value is VaryValues =>
  Array.isArray(value) &&
  value.every(
    (pair) => isPair(pair) && isFieldName(pair[0]) && (pair[1] === null || typeof pair[1] === 'string'),
  );
