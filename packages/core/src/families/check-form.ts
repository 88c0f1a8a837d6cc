import type { GetOrSetOptions } from '../cache.ts';
import { CacheError } from '../errors.ts';
import { buildKey, MAX_KEY_LENGTH } from '../key.ts';
import type { Form } from './shape-of.ts';

/** What a family is made of, checked. */
interface Checked {
  readonly name: string;
  readonly per: string | undefined;
  readonly form: Form;
  /** What its stores have in common. */
  readonly defaults: GetOrSetOptions;
}

/** What is one call's own: as a default it would abort, or force, every load. */
const OF_ONE_CALL = ['signal', 'forceRefresh', 'fence'];

/** @throws CacheError ERR_OPTION for what is not as FamilyOptions says; lifetimes and tags are left to the cache. */
export const checkForm = (options: unknown): Checked => {
  if (typeof options !== 'object' || options === null) refuse('options: expected an object');
  // Each is looked at below.
  const { name, schema, version, migrate, per, ...defaults } = options as Record<string, unknown>;
  if (typeof name !== 'string' || !canBegin(name)) refuse('name: expected a text that a key can begin with');
  const form = formOf({ schema, version, migrate });
  if (per !== undefined && (typeof per !== 'string' || per === '')) refuse('per: expected a word, as `user`');
  for (const option of OF_ONE_CALL) {
    if (defaults[option] !== undefined) refuse(`${option}: it belongs to a call, not to a family`);
  }
  return { name, per, form, defaults };
};

/** @throws CacheError ERR_OPTION for a schema that is none, a version that is no integer from 0, a `migrate` that is no function. */
export const formOf = ({ schema, version = 0, migrate }: Record<keyof Form, unknown>): Form => {
  if (!Number.isSafeInteger(version) || (version as number) < 0)
    refuse('version: expected an integer from 0');
  if (migrate !== undefined && typeof migrate !== 'function') refuse('migrate: expected a function');
  if (schema !== undefined && !isSchema(schema)) {
    refuse("schema: expected a Standard Schema: an object with ['~standard'].validate");
  }
  return { schema, version, migrate } as Form; // looked at above
};

const canBegin = (name: string): boolean => {
  try {
    return buildKey(name).length < MAX_KEY_LENGTH;
  } catch {
    return false; // it is empty, too long or ill-formed, and that is all there is to know
  }
};

/** A schema may be a function as well as an object. */
const isSchema = (given: unknown): boolean => {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return false;
  const standard: unknown = (given as Record<string, unknown>)['~standard'];
  return typeof (standard as { validate?: unknown } | null | undefined)?.validate === 'function';
};

function refuse(what: string): never {
  throw new CacheError('ERR_OPTION', `family: ${what}`);
}
