import { Hono, type Context } from 'hono';
import type { PhotoFile } from '../../photos/model.ts';
import type { PhotoFiles } from '../../photos/photo-files.ts';
import { ApiError } from '../api-error.ts';
import { readId } from '../params.ts';
import { sendFile, type FileReply } from '../send-file.ts';
import type { ApiEnv } from '../services.ts';

/** A photo's address never gets other content: its id is given to one content hash. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

export function photoRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.get('/:id', async (c) => {
    const photo = await c.var.services.reads.photo(readId(c));
    if (photo === undefined) throw noPhoto();
    return c.json(photo);
  });

  routes.get('/:id/status', async (c) => {
    const id = readId(c);
    const faces = await c.var.services.reads.faceState(id);
    if (faces === undefined) throw noPhoto();
    return c.json({ id, faces });
  });

  routes.get('/:id/image', async (c) => {
    const id = readId(c);
    const size = c.req.query('size') ?? 'large';
    const { reads, files } = c.var.services;
    if (size !== 'thumb' && size !== 'large' && size !== 'original') {
      throw new ApiError('BAD_REQUEST', 'size must be thumb, large or original.');
    }
    const file = await reads.photoFile(id);
    if (file === undefined) throw noPhoto();
    return sendOrExplain(c, size === 'original' ? originalOf(file) : await previewOf(files, file, size));
  });

  routes.get('/:id/download', async (c) => {
    const id = readId(c);
    const { reads, writes } = c.var.services;
    const file = await reads.photoFile(id);
    if (file === undefined) throw noPhoto();
    const reply = { ...originalOf(file), cacheControl: 'no-store', downloadAs: file.fileName };
    const response = await sendOrExplain(c, reply);
    // A HEAD asks about a download, it is none.
    if (c.req.method === 'GET' && response.status === 200) await writes.countDownload(id);
    return response;
  });

  return routes;
}

function originalOf(file: PhotoFile): FileReply {
  return {
    path: file.sourcePath,
    mediaType: file.mediaType,
    cacheControl: IMMUTABLE,
    etag: `"${file.contentHash.slice(0, 32)}"`,
  };
}

async function previewOf(files: PhotoFiles, file: PhotoFile, size: 'thumb' | 'large'): Promise<FileReply> {
  return {
    path: await files.preview(file.contentHash, size, file.sourcePath),
    mediaType: 'image/webp',
    cacheControl: IMMUTABLE,
    etag: `"${file.contentHash.slice(0, 32)}-${size}"`,
  };
}

async function sendOrExplain(c: Context, reply: FileReply): Promise<Response> {
  const response = await sendFile(c, reply);
  if (response !== undefined) return response;
  throw new ApiError('NOT_FOUND', 'The original is no longer where it was imported from.');
}

function noPhoto(): ApiError {
  return new ApiError('NOT_FOUND', 'There is no photo with this id.');
}
