import type { GetOrSetOptions, Invalidation, LifetimeOptions, LoadContext, SetOptions } from '@keepsake/core';
import type { PartDefinition, PartId, PartSpec, PartValue } from './define-entity.ts';
import type { Id } from './id.ts';
import type { Relations } from './relations.ts';

/** What a page or filter of a part adds: any value, by its hash. */
export type Variant = unknown;

/** `{ variant }` for parts that have variants; others refuse it. */
export type VariantOption<S extends PartSpec> = S extends { variants: true }
  ? { readonly variant?: Variant }
  : { readonly variant?: never };

/** `{ userId }`, without which nothing goes, for a part that each user has entries of. */
export type OwnerOption<S extends PartSpec> = S extends { per: infer K extends string }
  ? { readonly [N in K as `${N}Id`]: Id }
  : unknown;

/** The last argument: it may be left out where nothing in it must be said. */
export type Rest<O> = object extends O ? [options?: O] : [options: O];

/** `{ albumId, ... }` for the kinds that the part lies below; `unknown` adds nothing to the options. */
export type RelationsOf<S extends PartSpec> = S extends { below: readonly (infer K extends string)[] }
  ? Relations<K>
  : unknown;

/** A part with no value type of its own takes the type of what it is given. */
type Known<T, U> = unknown extends T ? U : T;

/** What a loader is told, and what the loaded thing belongs to may be told by it. */
export interface PartLoadContext<T, R> extends LoadContext<T> {
  /** Says, once known, what the value belongs to: `context.relate({ albumId: row.albumId })`. */
  relate(relations: R): void;
}

/** Like the context of `cache.getOrSetMany`, with ids in the place of keys. */
export interface PartLoadManyContext<I, R> {
  readonly signal: AbortSignal;
  setTtl(id: I, ttl: LifetimeOptions['ttl'] & {}): void;
  addTags(id: I, ...tags: readonly string[]): void;
  relate(id: I, relations: R): void;
  skip(id: I): void;
  fail(id: I, error: unknown): void;
}

/**
 * One part of an entity on a cache: `photos.album.details`. Every method takes ids, escapes them and builds
 * the key; a falsy value is a value, `undefined` is a miss. Failing stores behave as on `Cache`.
 */
export interface EntityPart<
  S extends PartSpec = PartSpec,
  I = PartId<S>,
  T = PartValue<S>,
  R = RelationsOf<S>,
  V = VariantOption<S> & OwnerOption<S>,
> {
  readonly definition: PartDefinition;
  key(id: I, ...rest: Rest<V>): string;
  /** The value, or undefined. A miss is noted, so that the `set` that follows cannot store an old value. */
  get<U extends T = T>(id: I, ...rest: Rest<V>): Promise<U | undefined>;
  /**
   * Stores a value. While a `get` of this key that missed may still be followed by its `set` (30 s), only if
   * nothing was invalidated or set since; otherwise unconditionally. True: stored. False: it was not, and
   * what the cache holds, if anything, equals the value: one that differs is removed.
   */
  set<U extends T = T>(id: I, value: U, ...rest: Rest<SetOptions & R & V>): Promise<boolean>;
  /** Stores if nothing is there, with the same condition. True: this call stored it. False: nothing changed. */
  setIfAbsent<U extends T = T>(
    id: I,
    value: U,
    ...rest: Rest<Omit<SetOptions, 'fence'> & R & V>
  ): Promise<boolean>;
  /** `set` for many, 100 at once, all with the same options. How many were stored. */
  setMany<U extends T = T>(
    entries: Iterable<readonly [I, U]>,
    ...rest: Rest<Omit<SetOptions, 'fence'> & R & V>
  ): Promise<number>;
  /** The value; on a miss the loader's, stored unless it was invalidated during the load. */
  getOrSet<U extends T = T>(
    id: I,
    loader: (context: PartLoadContext<U, R>) => U | Promise<U>,
    ...rest: Rest<GetOrSetOptions & R & V>
  ): Promise<Known<T, U>>;
  /** The hits, by the ids as given. Notes no misses: fill them with `getOrSetMany`. */
  getMany<U extends T = T>(ids: readonly I[], ...rest: Rest<V>): Promise<Map<I, U>>;
  /**
   * Like getOrSet for many ids: one call of `load` for all that are missing, which gives pairs. Of more than 250 ids it
   * is one call for each 250, one after the other.
   */
  getOrSetMany<U extends T = T>(
    ids: readonly I[],
    load: (missing: I[], context: PartLoadManyContext<I, R>) => Promise<Iterable<readonly [I, U]>>,
    ...rest: Rest<Omit<GetOrSetOptions, 'forceRefresh'> & { partial?: boolean } & R & V>
  ): Promise<Map<I, Known<T, U>>>;
  /** Drops this part of one thing: all variants, and everybody's, unless one is named; nothing else. */
  invalidate(id: I, options?: Partial<V>): Promise<Invalidation>;
  /** Makes it stale: served only inside its `swr` or `grace`. */
  expire(id: I, options?: Partial<V>): Promise<Invalidation>;
}
