import { Hono } from 'hono';
import { ApiError } from '../api-error.ts';
import { checkId, checkName, readId, readJson, readPage } from '../params.ts';
import { sendFile } from '../send-file.ts';
import type { ApiEnv } from '../services.ts';
import { IMMUTABLE } from './photo-routes.ts';

export function peopleRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.get('/', async (c) => c.json(await c.var.services.reads.people()));

  routes.get('/:id', async (c) => {
    const person = await c.var.services.reads.person(readId(c));
    if (person === undefined) throw noPerson();
    return c.json(person);
  });

  routes.get('/:id/photos', async (c) => {
    const id = readId(c);
    const page = readPage(c);
    const { reads } = c.var.services;
    if ((await reads.person(id)) === undefined) throw noPerson();
    return c.json(await reads.personPhotos(id, page));
  });

  routes.patch('/:id', async (c) => {
    const id = readId(c);
    const name = checkName((await readJson(c))['name']);
    const { reads, writes } = c.var.services;
    if (!(await writes.renamePerson(id, name))) throw noPerson();
    return c.json(await reads.person(id));
  });

  routes.post('/:id/merge', async (c) => {
    const id = readId(c);
    const into = checkId((await readJson(c))['into'], 'into');
    const { reads, writes } = c.var.services;
    if (id === into) throw new ApiError('BAD_REQUEST', 'A person cannot be merged into themselves.');
    if (!(await writes.mergePeople(id, into))) throw noPerson();
    return c.json(await reads.person(into));
  });

  return routes;
}

export function faceRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.get('/:id/crop', async (c) => {
    const { reads, files } = c.var.services;
    const face = await reads.face(readId(c));
    const photo = face === undefined ? undefined : await reads.photoFile(face.photoId);
    if (face === undefined || photo === undefined) throw noFace();
    const large = await files.preview(photo.contentHash, 'large', photo.sourcePath);
    const path = await files.faceCrop(face.id, face.box, large);
    const etag = `"${face.id}"`;
    const response = await sendFile(c, { path, mediaType: 'image/webp', cacheControl: IMMUTABLE, etag });
    if (response === undefined) throw noFace();
    return response;
  });

  return routes;
}

function noPerson(): ApiError {
  return new ApiError('NOT_FOUND', 'There is no person with this id.');
}

function noFace(): ApiError {
  return new ApiError('NOT_FOUND', 'There is no face with this id.');
}
