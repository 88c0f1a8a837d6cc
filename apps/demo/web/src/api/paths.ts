import type { Id } from './types.ts';

/** Addresses of pictures. They are immutable by id and size, so the browser keeps them. */
export type ImageSize = 'thumb' | 'large' | 'original';

export const imageUrl = (photoId: Id, size: ImageSize): string =>
  `/api/v1/photos/${photoId}/image?size=${size}`;
export const downloadUrl = (photoId: Id): string => `/api/v1/photos/${photoId}/download`;
export const faceCropUrl = (faceId: Id): string => `/api/v1/faces/${faceId}/crop`;

/** How many photos one request brings; the API allows 200. */
export const PAGE_SIZE = 200;

export const albumPhotosPath = (id: Id, offset = 0): string =>
  `/albums/${id}/photos?offset=${offset}&limit=${PAGE_SIZE}`;
export const personPhotosPath = (id: Id, offset = 0): string =>
  `/people/${id}/photos?offset=${offset}&limit=${PAGE_SIZE}`;
