import { hashQuery, type PhotoCache } from '@keepsake/entities';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const QUERY = { text: 'beach', page: 2 };

export interface Row {
  readonly name: string;
  readonly key: string;
  readonly ttl: readonly [number, number];
  readonly set: (photos: PhotoCache, value: unknown, options?: { ttl: number }) => Promise<boolean>;
  readonly get: (photos: PhotoCache) => Promise<unknown>;
}

/** One row for each key of the domain, with the range of its TTL in seconds. */
export const ROWS: readonly Row[] = [
  { name: 'UserAlbums', key: 'user:7:albums', ttl: [5 * MINUTE, 10 * MINUTE],
    set: (p, v, o) => p.cacheUserAlbums(7, v, o), get: (p) => p.getCachedUserAlbums(7) },
  { name: 'UserProfile', key: 'user:7:profile', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cacheUserProfile(7, v, o), get: (p) => p.getCachedUserProfile(7) },
  { name: 'UserSettings', key: 'user:7:settings', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cacheUserSettings(7, v, o), get: (p) => p.getCachedUserSettings(7) },
  { name: 'UserPermissions', key: 'user:7:permissions', ttl: [30 * MINUTE, 30 * MINUTE],
    set: (p, v, o) => p.cacheUserPermissions(7, v, o), get: (p) => p.getCachedUserPermissions(7) },
  { name: 'warmUserCache', key: 'user:7:profile', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.warmUserCache(7, v, o), get: (p) => p.getCachedUserProfile(7) },
  { name: 'AlbumDetails', key: 'album:7:details', ttl: [30 * MINUTE, HOUR],
    set: (p, v, o) => p.cacheAlbumDetails(7, v, o), get: (p) => p.getCachedAlbumDetails(7) },
  { name: 'AlbumSummary', key: 'album:7:summary', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cacheAlbumSummary(7, v, o), get: (p) => p.getCachedAlbumSummary(7) },
  { name: 'AlbumClusters', key: 'album:7:clusters', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cacheAlbumClusters(7, v, o), get: (p) => p.getCachedAlbumClusters(7) },
  { name: 'FaceList', key: 'album:7:faces', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cacheFaceList(7, v, o), get: (p) => p.getCachedFaceList(7) },
  { name: 'PhotoList', key: 'album:7:photos', ttl: [10 * MINUTE, 30 * MINUTE],
    set: (p, v, o) => p.cachePhotoList(7, v, o), get: (p) => p.getCachedPhotoList(7) },
  { name: 'PhotoList, a variant', key: `album:7:photos:${hashQuery({ offset: 60 })}`, ttl: [10 * MINUTE, 30 * MINUTE],
    set: (p, v, o) => p.cachePhotoList(7, v, { offset: 60 }, o), get: (p) => p.getCachedPhotoList(7, { offset: 60 }) },
  { name: 'PhotoDetails', key: 'photo:7:details', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cachePhotoDetails(7, v, o), get: (p) => p.getCachedPhotoDetails(7) },
  { name: 'PhotoStatus', key: 'photo:7:status', ttl: [MINUTE, 5 * MINUTE],
    set: (p, v, o) => p.cachePhotoStatus(7, v, o), get: (p) => p.getCachedPhotoStatus(7) },
  { name: 'FaceDetails', key: 'face:7:details', ttl: [24 * HOUR, 24 * HOUR],
    set: (p, v, o) => p.cacheFaceDetails(7, v, o), get: (p) => p.getCachedFaceDetails(7) },
  { name: 'FaceEmbedding', key: 'face:7:embedding', ttl: [24 * HOUR, 24 * HOUR],
    set: (p, v, o) => p.cacheFaceEmbedding(7, v as Float32Array, o), get: (p) => p.getCachedFaceEmbedding(7) },
  { name: 'SimilarFaces', key: 'face:7:similar', ttl: [10 * MINUTE, 30 * MINUTE],
    set: (p, v, o) => p.cacheSimilarFaces(7, v, o), get: (p) => p.getCachedSimilarFaces(7) },
  { name: 'PersonDetails', key: 'person:7:details', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cachePersonDetails(7, v, o), get: (p) => p.getCachedPersonDetails(7) },
  { name: 'person id by name', key: 'person_id:7:Ada', ttl: [HOUR, HOUR],
    set: (p, v, o) => p.person.idByName.setIfAbsent([7, 'Ada'], v, o), get: (p) => p.person.idByName.get([7, 'Ada']) },
  { name: 'SearchResults', key: `search:${hashQuery(QUERY)}:results`, ttl: [10 * MINUTE, 30 * MINUTE],
    set: (p, v, o) => p.cacheSearchResults(QUERY, v, o), get: (p) => p.getCachedSearchResults({ page: 2, text: 'beach' }) },
  { name: 'SearchSuggestions', key: `search:${hashQuery('be')}:suggestions`, ttl: [HOUR, HOUR],
    set: (p, v, o) => p.cacheSearchSuggestions('be', v, o), get: (p) => p.getCachedSearchSuggestions('be') },
]; // prettier-ignore
