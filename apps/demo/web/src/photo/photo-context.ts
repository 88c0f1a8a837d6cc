import { givenName } from '../people/given-name.ts';
import { albumPhotosPath, personPhotosPath } from '../api/paths.ts';
import type { Album, Id, Person, Photo, PhotoPage } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';

export interface PhotoContext {
  /** The list the photo was opened from: an album, or all photos of a person. */
  title: string;
  /** The page of that list. */
  href: string;
  /** Kept in the address of the neighbours. */
  suffix: string;
  photos: readonly Photo[];
  index: number;
  total: number;
  previous: Photo | undefined;
  next: Photo | undefined;
}

/** The neighbours of a photo: those of `?person=`, of `?album=`, or of the album that it lies in. */
export function usePhotoContext(photo: Photo | undefined, id: Id, query: URLSearchParams): PhotoContext {
  const personId = query.get('person');
  const albumId = personId === null ? (query.get('album') ?? photo?.albumId) : undefined;
  const person = useResource<Person>(personId === null ? undefined : `/people/${personId}`).data;
  const album = useResource<Album>(albumId === undefined ? undefined : `/albums/${albumId}`).data;
  const list = useResource<PhotoPage>(listPath(personId, albumId)).data;
  const photos = list?.items ?? [];
  const index = photos.findIndex((one) => one.id === id);
  const total = list?.total ?? 0;
  const around = {
    photos,
    index,
    total,
    previous: index > 0 ? photos[index - 1] : undefined,
    next: index >= 0 ? photos[index + 1] : undefined,
  };
  if (personId !== null) {
    const title = givenName(person) ?? 'This person';
    return { ...around, title, href: `/people/${personId}`, suffix: `?person=${personId}` };
  }
  const opened = query.get('album') === null ? '' : `?album=${albumId}`;
  return { ...around, title: album?.name ?? '', href: albumId ? `/albums/${albumId}` : '/', suffix: opened };
}

function listPath(personId: string | null, albumId: string | undefined): string | undefined {
  if (personId !== null) return personPhotosPath(personId);
  return albumId === undefined ? undefined : albumPhotosPath(albumId);
}
