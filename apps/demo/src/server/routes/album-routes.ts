import { Hono } from 'hono';
import { ApiError } from '../api-error.ts';
import { readId, readPage } from '../params.ts';
import { readUpload } from '../read-upload.ts';
import type { ApiEnv } from '../services.ts';

export function albumRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.get('/', async (c) => c.json(await c.var.services.reads.albums()));

  routes.get('/:id', async (c) => {
    const album = await c.var.services.reads.album(readId(c));
    if (album === undefined) throw noAlbum();
    return c.json(album);
  });

  routes.get('/:id/photos', async (c) => {
    const id = readId(c);
    const page = readPage(c);
    const { reads } = c.var.services;
    if ((await reads.album(id)) === undefined) throw noAlbum();
    return c.json(await reads.albumPhotos(id, page));
  });

  routes.post('/:id/photos', async (c) => {
    const albumId = readId(c);
    const { reads, library, files } = c.var.services;
    if ((await reads.album(albumId)) === undefined) throw noAlbum();
    const { fileName, bytes } = await readUpload(c);
    const { photoId, isNew, faceState } = await library.add({
      fileName,
      file: bytes,
      albumId: () => Promise.resolve(albumId),
      keep: (contentHash) => files.saveUpload(contentHash, bytes),
    });
    if (isNew || faceState === 'pending') {
      // Goes on behind the reply; how it went is told by /photos/:id/status.
      library
        .findFaces(photoId)
        .catch((error: unknown) => console.error(`Faces of photo ${photoId}:`, error));
    }
    const photo = await reads.photo(photoId);
    if (photo === undefined) throw new ApiError('NOT_FOUND', 'The photo was removed while it was added.');
    return c.json({ ...photo, duplicate: !isNew }, isNew ? 201 : 200);
  });

  return routes;
}

function noAlbum(): ApiError {
  return new ApiError('NOT_FOUND', 'There is no album with this id.');
}
