import type { SetOptions } from '@keepsake/core';
import type { EntityPart } from '../entity-part.ts';
import type { Id } from '../id.ts';
import type { PhotoKind, PhotoSpecs } from './photo-entities.ts';
import type { PhotoPart, PhotoParts, PhotoValue } from './photo-parts.ts';

/** Which part a name means: `AlbumDetails` gives `cacheAlbumDetails` and `getCachedAlbumDetails`. */
export const NAMESAKES = {
  UserAlbums: ['user', 'albums'],
  UserProfile: ['user', 'profile'],
  UserSettings: ['user', 'settings'],
  UserPermissions: ['user', 'permissions'],
  AlbumDetails: ['album', 'details'],
  AlbumSummary: ['album', 'summary'],
  AlbumClusters: ['album', 'clusters'],
  FaceList: ['album', 'faces'],
  PhotoDetails: ['photo', 'details'],
  PhotoStatus: ['photo', 'status'],
  FaceDetails: ['face', 'details'],
  FaceEmbedding: ['face', 'embedding'],
  SimilarFaces: ['face', 'similar'],
  PersonDetails: ['person', 'details'],
  SearchResults: ['search', 'results'],
  SearchSuggestions: ['search', 'suggestions'],
} as const;

type Table = typeof NAMESAKES;
type PartNamed<V, N extends keyof Table> = Table[N] extends readonly [infer K extends PhotoKind, infer P]
  ? P extends keyof PhotoSpecs[K]
    ? PhotoPart<V, K, P>
    : never
  : never;

/** The functions of the photo domain by their own names; each is the `set` or `get` of its part. */
export type Namesakes<V> = { readonly [N in keyof Table as `cache${N}`]: PartNamed<V, N>['set'] } & {
  readonly [N in keyof Table as `getCached${N}`]: PartNamed<V, N>['get'];
} & PhotoListFunctions<V>;

/** The one list that has pages and filters. */
export interface PhotoListFunctions<V> {
  /**
   * `variant` is any value. Where it stands last and is an object of nothing but set options (`ttl swr grace
   * sliding tags fence`), it is taken for the options; a variant of that form needs options after it.
   */
  cachePhotoList<U extends PhotoValue<V, 'album', 'photos'>>(
    albumId: Id,
    photos: U,
    variant?: unknown,
    options?: SetOptions,
  ): Promise<boolean>;
  getCachedPhotoList<U extends PhotoValue<V, 'album', 'photos'> = PhotoValue<V, 'album', 'photos'>>(
    albumId: Id,
    variant?: unknown,
  ): Promise<U | undefined>;
}

export const bindNamesakes = <V>(parts: PhotoParts<V>): Namesakes<V> => {
  const functions: Record<string, unknown> = { ...bindPhotoList(parts.album.photos) };
  // Only here are kind and part plain strings: the table above is checked against the parts by a test.
  const byName = parts as unknown as Record<string, Record<string, EntityPart>>;
  for (const [name, [kind, partName]] of Object.entries(NAMESAKES)) {
    const part = byName[kind]?.[partName];
    functions[`cache${name}`] = part?.set.bind(part);
    functions[`getCached${name}`] = part?.get.bind(part);
  }
  return functions as unknown as Namesakes<V>;
};

const SET_OPTIONS: ReadonlySet<string> = new Set(['ttl', 'swr', 'grace', 'sliding', 'tags', 'fence']);

const isSetOptions = (value: unknown): value is SetOptions => {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => SET_OPTIONS.has(name));
};

const bindPhotoList = <V>(part: PhotoPart<V, 'album', 'photos'>): PhotoListFunctions<V> => ({
  cachePhotoList: async (albumId, photos, variant, options) =>
    options === undefined && isSetOptions(variant)
      ? part.set(albumId, photos, variant)
      : part.set(albumId, photos, { ...options, variant }),
  getCachedPhotoList: async <U extends PhotoValue<V, 'album', 'photos'>>(albumId: Id, variant?: unknown) =>
    part.get<U>(albumId, { variant }),
});
