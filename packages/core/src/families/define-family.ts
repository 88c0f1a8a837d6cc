import type { Cache, GetOrSetOptions } from '../cache.ts';
import { shapedCache } from '../engine/keepsake-cache.ts';
import { planLoad } from '../engine/plan.ts';
import { CacheError } from '../errors.ts';
import { claimName } from '../functions/claim-name.ts';
import { checkForm } from './check-form.ts';
import { type Family, familyBelow, type FamilyId } from './family.ts';
import { shapeOf } from './shape-of.ts';
import type { OutputOf, StandardSchema } from './standard-schema.ts';

/** Whom an entry belongs to. */
export type Identity = string | number | bigint;

/** What the entries of a family have in common; lifetimes, timeouts and tags are those of a store. */
export interface FamilyOptions extends Omit<GetOrSetOptions, 'signal' | 'forceRefresh'> {
  /** The first segment of each key; unique within the cache. */
  name: string;
  /** The version of the values' form, an integer from 0; default 0. Raise it when the form changes. */
  version?: number;
  /**
   * Makes a value of an older version one of this, or a promise of it; undefined: it cannot, and the read is a miss.
   * What it gets is its own to edit.
   */
  migrate?: (value: unknown, version: number) => unknown;
}

/** A family whose entries belong to somebody: it has no entries of its own, so that nobody can be forgotten. */
export interface FamilyPer<T, Id extends FamilyId = FamilyId, Who extends Identity = Identity> {
  readonly name: string;
  /** The entries of one. Throws ERR_KEY for an identity that is empty or no text, finite number or bigint. */
  for(identity: Who): Family<T, Id>;
}

/**
 * Defines a family of keys: a name, a type, and what else its entries have in common. With a `schema` the values
 * that come out of a shared store are validated before anybody gets them; with `per` nothing is read or
 * written without saying for whom. `Id` and `Who` narrow what an entry, and an owner, can be named by.
 *
 * - A value that the schema refuses, or of an older version that cannot be migrated, is a miss with the reason
 *   `schema`; a loader's value replaces it.
 * - A value of a newer version (a rolling deploy) is a miss too, and no load replaces it, `forceRefresh` included.
 *   `set` does: it says what is so from now on.
 * - A schema or a migration may take as long as `l2Timeout`; then, or if it throws, the read is a miss and
 *   `entry.rejected` is told.
 * - What the family itself put into the memory of this process is not validated; what another put there is.
 * - A call's options go before the family's; its tags are added to the family's.
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
 * @throws CacheError ERR_OPTION for a name that is empty, no well-formed text or taken, a schema that is no Standard
 * Schema, a version that is no integer from 0, a `migrate` that is no function, a `per` that is no text, or a cache
 * that is not one of createCache; ERR_TTL or ERR_TAG for a default that no call could use.
 */
export function defineFamily<
  S extends StandardSchema,
  Id extends FamilyId = FamilyId,
  Who extends Identity = Identity,
>(cache: Cache, options: FamilyOptions & { schema: S; per: string }): FamilyPer<OutputOf<S>, Id, Who>;
export function defineFamily<S extends StandardSchema, Id extends FamilyId = FamilyId>(
  cache: Cache,
  options: FamilyOptions & { schema: S; per?: undefined },
): Family<OutputOf<S>, Id>;
export function defineFamily<T, Id extends FamilyId = FamilyId, Who extends Identity = Identity>(
  cache: Cache,
  options: FamilyOptions & { per: string },
): FamilyPer<T, Id, Who>;
export function defineFamily<T, Id extends FamilyId = FamilyId>(
  cache: Cache,
  options: FamilyOptions & { per?: undefined },
): Family<T, Id>;
export function defineFamily(
  cache: Cache,
  options: FamilyOptions & { schema?: StandardSchema | undefined; per?: string | undefined },
): Family<unknown> | FamilyPer<unknown> {
  const { form, name, per, defaults } = checkForm(options);
  const shaped = shapedCache(cache, (scope) => {
    planLoad(defaults, scope.options); // what is wrong in them is said here, not at the first call
    return shapeOf(form, scope);
  });
  claimName(cache, name, 'defineFamily');
  if (per === undefined) return familyBelow(shaped, [name], defaults);
  return {
    name,
    for: (identity) => familyBelow(shaped, [name, checkIdentity(identity, per)], defaults),
  };
}

const checkIdentity = (identity: unknown, per: string): Identity => {
  const isNumber = typeof identity === 'number' || typeof identity === 'bigint';
  if (isNumber || (typeof identity === 'string' && identity !== '')) return identity;
  throw new CacheError('ERR_KEY', `for: whose entries? expected the ${per}, got ${typeof identity}`);
};
