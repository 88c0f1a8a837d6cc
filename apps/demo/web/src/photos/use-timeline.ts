import { useMemo } from 'react';
import { albumPhotosPath } from '../api/paths.ts';
import type { Resource } from '../api/resources.ts';
import type { Album, Photo, PhotoPage } from '../api/types.ts';
import { useResource, useResources } from '../api/use-resource.ts';

export interface Timeline {
  albums: Resource<Album[]>;
  photos: Resource<Photo[]>;
}

/** The newest photos of every album, newest first. */
export function useTimeline(): Timeline {
  const albums = useResource<Album[]>('/albums');
  const paths = useMemo(() => (albums.data ?? []).map((album) => albumPhotosPath(album.id)), [albums.data]);
  const pages = useResources<PhotoPage>(paths);
  return { albums, photos: merge(albums, pages) };
}

function merge(albums: Resource<Album[]>, pages: readonly Resource<PhotoPage>[]): Resource<Photo[]> {
  const error = albums.error ?? pages.find((page) => page.error)?.error;
  const loading = albums.loading || pages.some((page) => page.loading);
  const complete = albums.data !== undefined && pages.every((page) => page.data ?? page.error);
  const known = pages.flatMap((page) => page.data?.items ?? []);
  const failed =
    albums.data !== undefined && pages.length > 0 && pages.every((page) => page.error && !page.data);
  const data = complete && !failed ? known.sort(byNewest) : undefined;
  return { data, error, loading };
}

const byNewest = (a: Photo, b: Photo): number =>
  (b.takenAt ?? '').localeCompare(a.takenAt ?? '') || a.fileName.localeCompare(b.fileName);
