import { useState } from 'react';
import { PAGE_SIZE } from '../api/paths.ts';
import type { Resource } from '../api/resources.ts';
import type { Photo, PhotoPage } from '../api/types.ts';
import { useResources } from '../api/use-resource.ts';

export interface PhotoList {
  photos: Resource<Photo[]>;
  total: number | undefined;
  /** Brings the next page; `undefined` when all are here. */
  more: (() => void) | undefined;
}

/** A long list of photos, page by page. */
export function usePhotoPages(pathOf: (offset: number) => string): PhotoList {
  const [pages, setPages] = useState(1);
  const paths = Array.from({ length: pages }, (_, index) => pathOf(index * PAGE_SIZE));
  const replies = useResources<PhotoPage>(paths);
  const first = replies[0];
  const items = replies.flatMap((reply) => reply.data?.items ?? []);
  const total = first?.data?.total;
  const photos = {
    data: first?.data && items,
    error: replies.find((reply) => reply.error)?.error,
    loading: replies.some((reply) => reply.loading),
  };
  const more = total !== undefined && items.length < total ? () => setPages(pages + 1) : undefined;
  return { photos, total, more };
}
