import { Readable } from 'node:stream';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/fastify';
import Fastify from 'fastify';
import {
  addAlbum,
  albumLines,
  announce,
  cover,
  findAlbum,
  greet,
  listAlbums,
  page,
  PAGE_CONTROL,
  PORT,
  PRELOAD,
  ticks,
} from './albums.ts';

const app = Fastify();
app.register(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));

app.get('/', (_request, reply) => {
  reply.raw.writeEarlyHints({ link: PRELOAD });
  return reply.header('Cache-Control', PAGE_CONTROL).type('text/html; charset=utf-8').send(page);
});
app.get('/greeting', (request, reply) =>
  reply
    .header('Vary', 'Accept-Language')
    .type('text/plain; charset=utf-8')
    .send(greet(request.headers['accept-language'])),
);
app.get('/events', (_request, reply) =>
  reply.header('Cache-Control', 'no-store').type('text/event-stream').send(Readable.from(ticks())),
);
app.get('/albums', () => listAlbums());
app.get<{ Params: { id: string } }>('/albums/:id', (request, reply) => {
  const album = findAlbum(request.params.id);
  return album ?? reply.code(404).send({ message: 'no such album' });
});
app.post<{ Body: { name: string } }>('/albums', (request, reply) => {
  const album = addAlbum(request.body.name);
  return reply.code(201).header('Location', `/albums/${album.id}`).send(album);
});
app.get('/cover', (_request, reply) => reply.type('image/gif').send(Buffer.from(cover)));
app.get('/lines', (_request, reply) =>
  reply.type('text/plain; charset=utf-8').send(Readable.from(albumLines())),
);
app.get('/me', (_request, reply) => reply.header('Cache-Control', 'private').send({ name: 'Ann' }));

await app.listen({ port: PORT, host: '127.0.0.1' });
announce(app.server.address());
