import { CacheError } from '@keepsake/core';
import type { OutputOf, StandardSchema, ValueForm } from '@keepsake/core/families';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import type { Id } from './id.ts';
import { type KeyTemplate, parseTemplate, type TemplateId } from './key-template.ts';
import { checkTtl, type Ttl } from './ttl-range.ts';

declare const CARRIED: unique symbol;

/** Carries a type to where a part is declared; there is nothing in it at run time. */
export interface ValueType<T> {
  readonly [CARRIED]?: T;
}

/** The value type of a part: `{ ttl: '1h', value: valueType<Album>() }`. */
export const valueType = <T>(): ValueType<T> => ({});

/** Anything that `hashQuery` takes. */
export type Query = string | number | bigint | boolean | object | null;

/** How one part of an entity is cached. */
export interface PartSpec extends ValueForm {
  /** Fixed, or a range out of which each store draws its own. */
  readonly ttl: Ttl;
  /** The type of its values; with a `schema` it is the schema's. */
  readonly value?: ValueType<unknown>;
  /** Default `entity:{id}:part`. `{id}` is the thing itself; other names are ids of their kind. */
  readonly key?: string;
  /** The part is asked for by a value of any shape, whose hash fills the key. */
  readonly query?: boolean;
  /** The part has pages, filters or the like: `variant` adds a hash to the key. */
  readonly variants?: boolean;
  /**
   * The kind whose members each have an entry of their own, such as `'user'` where users see different things: no call
   * does without `{ userId }`, and no user gets what another was given. `invalidate` of the user drops them.
   */
  readonly per?: string;
  /** Kinds that it belongs to: invalidating one drops it. Say which ids when storing. */
  readonly below?: readonly string[];
  /** Kinds lying below this thing that it is made from: a change of one drops it. */
  readonly shows?: readonly string[];
  /** Kinds that it is made from wherever they lie: a change of any one drops it. */
  readonly searches?: readonly string[];
}

export interface PartDefinition {
  readonly entity: string;
  readonly name: string;
  readonly ttl: Ttl;
  readonly template: KeyTemplate;
  readonly query: boolean;
  readonly variants: boolean;
  readonly per: string | undefined;
  /** Undefined: any value will do. */
  readonly form: ValueForm | undefined;
  readonly below: readonly string[];
  readonly shows: readonly string[];
  readonly searches: readonly string[];
}

export type PartSpecs = Readonly<Record<string, PartSpec>>;

export interface Entity<N extends string = string, P extends PartSpecs = PartSpecs> {
  readonly name: N;
  /** As declared. */
  readonly specs: P;
  /** Checked and with every default filled in. */
  readonly parts: { readonly [K in keyof P]: PartDefinition };
}

/** What names one entry of a part. */
export type PartId<S extends PartSpec> = S extends { query: true }
  ? Query
  : S extends { key: infer T extends string }
    ? TemplateId<T>
    : Id;

export type PartValue<S extends PartSpec> = S extends { value: ValueType<infer T> }
  ? T
  : S extends { schema: infer X extends StandardSchema }
    ? OutputOf<X>
    : unknown;

const PART_WORDS: Words<PartSpec> = {
  ttl: true,
  value: true,
  key: true,
  query: true,
  variants: true,
  per: true,
  below: true,
  shows: true,
  searches: true,
  schema: true,
  version: true,
  migrate: true,
};

/** Names are words, so that no tag or key made of one reads like another's. */
const NAME = /^[a-z][a-z0-9_]*$/i;

/**
 * Declares a kind of thing: its parts with key, TTL and what they depend on. Nothing is cached yet:
 * `createEntityCache` binds declarations to a cache.
 *
 * @example
 * ```ts
 * import { defineEntity, valueType } from '@keepsake/entities';
 *
 * const order = defineEntity('order', {
 *   details: { ttl: ['30m', '1h'], value: valueType<{ total: number }>() },
 *   lines: { ttl: '10m', variants: true },
 * });
 * console.log(order.parts.details.template.text); // 'order:{id}:details'
 * ```
 * @throws CacheError ERR_OPTION for a name that is no word, and an option that is not known; ERR_TTL, ERR_KEY for a bad
 * template.
 */
export const defineEntity = <const N extends string, const P extends PartSpecs>(
  name: N,
  specs: P,
): Entity<N, P> => {
  checkName(name);
  // What is no object has no parts.
  const parts = Object.entries(specs ?? {}).map(
    ([part, spec]) => [part, definePart(name, part, spec)] as const,
  );
  if (parts.length === 0) throw new CacheError('ERR_OPTION', `entity ${name}: has no parts`);
  // Object.fromEntries forgets which names it was given.
  return Object.freeze({
    name,
    specs,
    parts: Object.freeze(Object.fromEntries(parts)) as Entity<N, P>['parts'],
  });
};

const definePart = (entity: string, name: string, spec: PartSpec): PartDefinition => {
  refuseUnknown(`${entity}.${name}`, spec, PART_WORDS);
  const { ttl, query = false, variants = false, per, below = [], shows = [], searches = [] } = spec;
  checkName(name);
  for (const kind of [...below, ...shows, ...searches, ...(per === undefined ? [] : [per])]) checkName(kind);
  checkTtl(ttl);
  const template = parseTemplate(spec.key ?? `${entity}:{id}:${name}`);
  if (query && template.names.length !== 1) {
    throw new CacheError('ERR_OPTION', `${entity}.${name}: a part found by query has one gap in its key`);
  }
  const form = formOf(spec);
  return Object.freeze({ entity, name, ttl, template, query, variants, per, form, below, shows, searches });
};

const formOf = ({ schema, version, migrate }: PartSpec): ValueForm | undefined =>
  schema === undefined && version === undefined && migrate === undefined
    ? undefined
    : Object.freeze({ schema, version, migrate });

const checkName = (name: string): void => {
  if (NAME.test(name)) return;
  throw new CacheError('ERR_OPTION', `entity: '${name}' is no name: letters, digits and _, a letter first`);
};
