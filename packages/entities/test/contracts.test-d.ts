/** The public surface of @keepsake/entities, line by line: it compiles, or the contract is broken. */
import { createCache, type Invalidation } from '@keepsake/core';
import {
  createPhotoCache,
  defineEntity,
  type Erasure,
  hashContent,
  hashQuery,
  type PhotoCache,
  userKey,
} from '@keepsake/entities';
import { expectTypeOf } from 'vitest';

export const photos: PhotoCache = createPhotoCache(createCache());
export const order: unknown = defineEntity('order', { details: { ttl: ['30m', '1h'] } });

/** Each namesake with its optional last `{ ttl }`. */
export const stores: readonly Promise<boolean>[] = [
  photos.cacheUserAlbums('u', [], { ttl: '1m' }),
  photos.cacheUserProfile('u', {}, { ttl: 60 }),
  photos.cacheUserSettings('u', {}, { ttl: '1m' }),
  photos.cacheUserPermissions('u', [], { ttl: '1m' }),
  photos.cacheAlbumDetails('a', {}, { ttl: '1m' }),
  photos.cacheAlbumSummary('a', {}, { ttl: '1m' }),
  photos.cacheAlbumClusters('a', [], { ttl: '1m' }),
  photos.cacheFaceList('a', [], { ttl: '1m' }),
  photos.cachePhotoList('a', [], { ttl: '1m' }),
  photos.cachePhotoList('a', [], { page: 2 }, { ttl: '1m' }),
  photos.cachePhotoDetails('p', {}, { ttl: '1m' }),
  photos.cachePhotoStatus('p', 'done', { ttl: '1m' }),
  photos.cacheFaceDetails('f', {}, { ttl: '1m' }),
  photos.cacheFaceEmbedding('f', new Float32Array(512), { ttl: '1m' }),
  photos.cacheSimilarFaces('f', [], { ttl: '1m' }),
  photos.cachePersonDetails('q', {}, { ttl: '1m' }),
  photos.cacheSearchResults({ text: 'beach' }, [], { ttl: '1m' }),
  photos.cacheSearchSuggestions('be', [], { ttl: '1m' }),
  photos.warmUserCache('u', { name: 'Lena' }, { ttl: '1m' }),
];
export const reads: readonly Promise<unknown>[] = [
  photos.getCachedUserAlbums('u'),
  photos.getCachedUserProfile('u'),
  photos.getCachedUserSettings('u'),
  photos.getCachedUserPermissions('u'),
  photos.getCachedAlbumDetails('a'),
  photos.getCachedAlbumSummary('a'),
  photos.getCachedAlbumClusters('a'),
  photos.getCachedFaceList('a'),
  photos.getCachedPhotoList('a', { page: 2 }),
  photos.getCachedPhotoDetails('p'),
  photos.getCachedPhotoStatus('p'),
  photos.getCachedFaceDetails('f'),
  photos.getCachedFaceEmbedding('f'),
  photos.getCachedSimilarFaces('f'),
  photos.getCachedPersonDetails('q'),
  photos.getCachedSearchResults({ text: 'beach' }),
  photos.getCachedSearchSuggestions('be'),
];
export const removals: readonly Promise<Invalidation>[] = [
  photos.invalidateAlbumCache('a'),
  photos.invalidatePhotoCache('p'),
  photos.invalidateFaceCache('f'),
  photos.invalidatePersonCache('q'),
  photos.invalidateUserCache('u'),
  photos.invalidateSearchCache(),
  photos.album.details.invalidate('a'),
  photos.album.details.expire('a'),
];
export const counts: readonly Promise<number>[] = [
  photos.incrementDownloadCount('p'),
  photos.getDownloadCount('p'),
];
export const erasures: readonly Promise<Erasure>[] = [photos.eraseUser('u'), photos.erasePerson('q')];
export const names: readonly string[] = [
  hashQuery({}),
  hashContent(new Uint8Array()),
  userKey('u', 'profile'),
];

const { details } = photos.album;
expectTypeOf(details.set('a', {})).resolves.toBeBoolean();
expectTypeOf(details.getMany(['a'])).resolves.toEqualTypeOf<Map<string | number | bigint, unknown>>();
expectTypeOf(details.getOrSet('a', () => 1)).resolves.toBeNumber();
expectTypeOf<keyof Erasure>().toEqualTypeOf<'entries' | 'tags' | 'tiers' | 'acknowledged'>();
