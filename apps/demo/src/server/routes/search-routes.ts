import { Hono } from 'hono';
import { ApiError } from '../api-error.ts';
import { readQuery } from '../params.ts';
import { readUpload } from '../read-upload.ts';
import type { ApiEnv } from '../services.ts';

export function searchRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.get('/', async (c) => c.json(await c.var.services.reads.search(readQuery(c))));

  routes.get('/suggestions', async (c) => c.json(await c.var.services.reads.suggestions(readQuery(c))));

  routes.post('/by-selfie', async (c) => {
    const { bytes } = await readUpload(c);
    const { reads, selfies } = c.var.services;
    const found = await selfies.search(bytes);
    if (found.outcome === 'no-face') {
      throw new ApiError(
        'NO_FACE',
        'No face was found. Try a picture where the face is larger than a thumb.',
      );
    }
    const personId = found.results.find((match) => match.personId !== null)?.personId ?? undefined;
    const person = personId === undefined ? undefined : await reads.person(personId);
    return c.json({ ...(person === undefined ? {} : { person }), results: found.results });
  });

  return routes;
}
