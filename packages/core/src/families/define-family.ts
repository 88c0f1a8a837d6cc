import type { Cache, GetOrSetOptions } from '../cache.ts';
import { shapedCache } from '../engine/keepsake-cache.ts';
import { CacheError } from '../errors.ts';
import { claimName } from '../functions/claim-name.ts';
import { type Family, familyBelow } from './family.ts';
import { shapeOf } from './shape-of.ts';
import type { OutputOf, StandardSchema } from './standard-schema.ts';

/** Whom an entry belongs to. */
export type Identity = string | number | bigint;

export interface FamilyOptions extends Omit<GetOrSetOptions, 'signal' | 'forceRefresh'> {
  /** The first segment of each key; unique within the cache. */
  name: string;
  /** The version of the values' form, an integer from 0; default 0. Raise it when the form changes. */
  version?: number;
  /** Makes a value of an older version one of this; undefined: it cannot, and the read is a miss. */
  migrate?: (value: unknown, version: number) => unknown;
}

/** A family whose entries belong to somebody: it has no entries of its own, so that nobody can be forgotten. */
export interface FamilyPer<T> {
  readonly name: string;
  /** The entries of one. Throws ERR_KEY for an identity that is empty or no text, number or bigint. */
  for(identity: Identity): Family<T>;
}

/**
 * Defines a family of keys: a name, a type, and what else its entries have in common. With a `schema` the values
 * that come out of a shared store are validated before anybody gets them; with `per` nothing is read or
 * written without saying for whom.
 *
 * - A value that the schema refuses, or of an older version that cannot be migrated, is a miss with the reason
 *   `schema`; a loader's value replaces it.
 * - A value of a newer version (a rolling deploy) is a miss too, and is left where it is.
 * - Values in the memory of this process have never left it and are not validated.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { defineFamily } from '@keepsake/core/families';
 *
 * const cache = createCache();
 * const albums = defineFamily<{ title: string }>(cache, { name: 'album', ttl: '1h' });
 * const settings = defineFamily<{ dark: boolean }>(cache, { name: 'settings', per: 'user' });
 *
 * const album = await albums.getOrSet('7', () => ({ title: 'Summer' }));
 * await settings.for('lena').set('look', { dark: true });
 * console.log(album.title, albums.key('7'), settings.for('lena').key('look')); // Summer album:7 settings:lena:look
 * ```
 * @throws CacheError ERR_OPTION for a name that is empty or taken, a version that is no integer from 0, or a cache
 * that is not one of createCache.
 */
export function defineFamily<S extends StandardSchema>(
  cache: Cache,
  options: FamilyOptions & { schema: S; per: string },
): FamilyPer<OutputOf<S>>;
export function defineFamily<S extends StandardSchema>(
  cache: Cache,
  options: FamilyOptions & { schema: S; per?: undefined },
): Family<OutputOf<S>>;
export function defineFamily<T>(cache: Cache, options: FamilyOptions & { per: string }): FamilyPer<T>;
export function defineFamily<T>(cache: Cache, options: FamilyOptions & { per?: undefined }): Family<T>;
export function defineFamily(
  cache: Cache,
  options: FamilyOptions & { schema?: StandardSchema; per?: string | undefined },
): Family<unknown> | FamilyPer<unknown> {
  const { name, schema, version = 0, migrate, per, ...defaults } = options;
  if (!Number.isSafeInteger(version) || version < 0) {
    throw new CacheError(
      'ERR_OPTION',
      `defineFamily: version must be an integer from 0, got ${String(version)}`,
    );
  }
  claimName(cache, name, 'defineFamily');
  const shaped = shapedCache(cache, shapeOf(schema, version, migrate));
  if (per === undefined) return familyBelow(shaped, [name], defaults);
  return {
    name,
    for: (identity) => familyBelow(shaped, [name, checkIdentity(identity, per)], defaults),
  };
}

const checkIdentity = (identity: unknown, per: string): Identity => {
  const isKnown = typeof identity === 'number' || typeof identity === 'bigint';
  if (isKnown || (typeof identity === 'string' && identity !== '')) return identity;
  throw new CacheError('ERR_KEY', `for: whose entries? expected the ${per}, got ${typeof identity}`);
};
