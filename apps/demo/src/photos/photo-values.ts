import type { PhotoCache } from '@keepsake/entities';
import type { FaceState } from '../database/schema.ts';
import type { FaceDetails } from './face-queries.ts';
import type { Album, Person, PhotoDetails, PhotoPage, PhotoRecord } from './model.ts';
import type { Suggestion } from './search-queries.ts';

/** What this app keeps in the cache, by part of the photo domain; `undefined` is "no such thing" and is not kept. */
export interface DemoValues {
  readonly user: { readonly albums: Album[] };
  readonly album: { readonly details: Album | undefined; readonly photos: PhotoPage<PhotoDetails> };
  readonly photo: { readonly details: PhotoRecord | undefined; readonly status: FaceState | undefined };
  readonly face: { readonly details: FaceDetails | undefined };
  readonly person: { readonly details: Person | undefined };
  readonly search: { readonly suggestions: Suggestion[] };
}

export type DemoCache = PhotoCache<DemoValues>;

/** There is no login: everybody is the same user. */
export const EVERYBODY = 'everybody';
