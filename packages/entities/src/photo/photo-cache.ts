import type { Cache, Invalidation } from '@keepsake/core';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { createEntityCache, ENTITY_CACHE_WORDS, type EntityCacheOptions } from '../entity-cache.ts';
import type { ErasureOptions } from '../erasure.ts';
import type { Erasure } from '../erasure-outcome.ts';
import type { Id, Ids } from '../id.ts';
import type { Relations } from '../relations.ts';
import type { IncrementOptions } from '../counters/counters.ts';
import { type DownloadCounters, resolveDownloads } from './download-counters.ts';
import type { WarmOptions, WarmResult } from '../warm-parts.ts';
import { bindNamesakes, type Namesakes } from './namesakes.ts';
import type { PhotoKind } from './photo-entities.ts';
import type { PhotoParts, PhotoValues } from './photo-parts.ts';
import { type PhotoSchemas, withSchemas } from './photo-schemas.ts';
import { warmUsers, type UserLoaders } from './warm-users.ts';

export interface PhotoCacheOptions<V = object> extends EntityCacheOptions {
  /** A stored value that fails the schema of its part is a miss with the reason `schema`. */
  schemas?: PhotoSchemas<V>;
  /** Counts downloads, such as `createCounters({ store, sink })`. Default: numbers in the cache, which nothing persists. */
  downloads?: DownloadCounters;
}

const WORDS: Words<PhotoCacheOptions> = { ...ENTITY_CACHE_WORDS, schemas: true, downloads: true };

/** What is known of the thing that changed; what is left out is taken to be everything. */
export type PhotoRelations<K extends PhotoKind> = Relations<K>;

export interface PhotoCascades {
  /** The album's parts, all below it, users' album lists, people's pages and searches. */
  invalidateAlbumCache(id: Id, of?: PhotoRelations<'user' | 'person'>): Promise<Invalidation>;
  /** The photo's parts and faces, its album's lists, users' album lists, people's pages and searches. */
  invalidatePhotoCache(id: Id, of?: PhotoRelations<'user' | 'album' | 'person'>): Promise<Invalidation>;
  /** The face's parts, its photo's details, its album's face lists, people's pages, similar faces, searches. */
  invalidateFaceCache(id: Id, of?: PhotoRelations<'album' | 'photo' | 'person'>): Promise<Invalidation>;
  /** The person's parts, details of its faces and photos, albums' face lists, similar faces and searches. */
  invalidatePersonCache(id: Id, of?: PhotoRelations<'album' | 'photo'>): Promise<Invalidation>;
  /** The user's parts: profile, settings, permissions, album list. */
  invalidateUserCache(id: Id): Promise<Invalidation>;
  /** All search results and suggestions, at a cost that does not grow with their number. */
  invalidateSearchCache(): Promise<Invalidation>;
}

/** Counts, warming, erasure, tags, and the functions by name. */
export interface PhotoExtras<V> {
  /** Stores what is known of a user at login as the profile. */
  readonly warmUserCache: PhotoParts<V>['user']['profile']['set'];
  /**
   * Loads what is missing of several users, 8 at a time by default. What is cached is left alone, a load that an
   * invalidation overtakes is not stored, and one user that fails stops no other. Rejects with the signal's reason.
   */
  warmUserCaches(
    userIds: Iterable<Id> | AsyncIterable<Id>,
    loaders: UserLoaders<V>,
    options?: WarmOptions,
  ): Promise<WarmResult>;
  /**
   * Removes every trace of a user from all tiers: the user's parts, and the albums that are told as the user's with all
   * below them. If they are not told, all albums, photos and faces go, and people's pages and searches in any case.
   * Rejects ErasureError (ERR_TIMEOUT), which says what was done, where a store does not say in time what it holds.
   */
  eraseUser(id: Id, of?: { readonly albumId?: Ids }, options?: ErasureOptions): Promise<Erasure>;
  /**
   * Removes every trace of a person from all tiers: what `invalidatePersonCache` drops, and the person's faces with
   * their embeddings; if these are not told, those of all faces. Rejects as `eraseUser` does.
   */
  erasePerson(id: Id, of?: { readonly faceId?: Ids }, options?: ErasureOptions): Promise<Erasure>;
  /**
   * Counts one download and gives the total. Rejects ERR_UNAVAILABLE or ERR_TIMEOUT when the store cannot be asked; asked
   * again with the same `operation` it counts once.
   */
  incrementDownloadCount(photoId: Id, options?: IncrementOptions): Promise<number>;
  /** The total, persisted and pending. Over `downloads` it never falls, and rejects when the store cannot be asked. */
  getDownloadCount(photoId: Id): Promise<number>;
  /** The tag of all that is about one thing, for entries of your own that shall go with it. */
  tag(kind: PhotoKind, id: Id): string;
}

/** The photo domain on a cache: its parts, its cascades, and the functions by name. */
export type PhotoCache<V = object> = PhotoParts<V> & Namesakes<V> & PhotoCascades & PhotoExtras<V>;

/**
 * The photo domain on a cache. Several may stand on one cache; each notes its own misses.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { createPhotoCache } from '@keepsake/entities';
 *
 * const photos = createPhotoCache<{ album: { details: { name: string } } }>(createCache());
 * const album = await photos.album.details.getOrSet(7, () => ({ name: 'Summer' }));
 * console.log(album.name, await photos.getCachedAlbumDetails(7)); // Summer { name: 'Summer' }
 * await photos.invalidateAlbumCache(7);
 * ```
 * @throws CacheError ERR_OPTION for what is no cache, an option that is not known, a schema of what is not there, and
 * downloads that count nothing.
 */
export const createPhotoCache = <V extends PhotoValues = object>(
  cache: Cache,
  options: PhotoCacheOptions<V> = {},
): PhotoCache<V> => {
  refuseUnknown('createPhotoCache', options, WORDS);
  const { schemas = {}, downloads: given, ...own } = options;
  const entities = createEntityCache(cache, withSchemas(schemas), own);
  const downloads = resolveDownloads(cache, given);
  // The value types are the caller's word; at run time a part takes any value.
  const parts = entities.parts as unknown as PhotoParts<V>;
  const { profile } = parts.user;
  return {
    ...parts,
    ...bindNamesakes(parts),
    invalidateAlbumCache: (id, of) => entities.invalidate('album', id, of),
    invalidatePhotoCache: (id, of) => entities.invalidate('photo', id, of),
    invalidateFaceCache: (id, of) => entities.invalidate('face', id, of),
    invalidatePersonCache: (id, of) => entities.invalidate('person', id, of),
    invalidateUserCache: (id) => entities.invalidate('user', id),
    invalidateSearchCache: () => entities.invalidateSearches('search'),
    warmUserCache: profile.set.bind(profile),
    warmUserCaches: (userIds, loaders, warming) => warmUsers(parts.user, userIds, loaders, warming),
    eraseUser: async (id, of = {}, how = {}) => {
      refuseUnknown('eraseUser', of, { albumId: true }); // a slip would erase all albums
      return entities.erase('user', id, { album: of.albumId ?? 'all' }, how);
    },
    erasePerson: async (id, of = {}, how = {}) => {
      refuseUnknown('erasePerson', of, { faceId: true });
      return entities.erase('person', id, { face: of.faceId ?? 'all' }, how);
    },
    incrementDownloadCount: (photoId, how) => downloads.increment(photoId, 1, how),
    getDownloadCount: (photoId) => downloads.get(photoId),
    tag: entities.tag,
  };
};
