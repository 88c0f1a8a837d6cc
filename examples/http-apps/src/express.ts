import { Readable } from 'node:stream';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/node';
import express from 'express';
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

const app = express();
app.use(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));

app.get('/', (_req, res) => {
  res.writeEarlyHints({ link: PRELOAD });
  res.set('Cache-Control', PAGE_CONTROL).type('html').send(page);
});
app.get('/greeting', (req, res) => {
  res
    .vary('Accept-Language')
    .type('text/plain')
    .send(greet(req.get('Accept-Language')));
});
app.get('/events', (_req, res) => {
  Readable.from(ticks()).pipe(res.set('Cache-Control', 'no-store').type('text/event-stream'));
});
app.get('/albums', (_req, res) => void res.json(listAlbums()));
app.get('/albums/:id', (req, res) => {
  const album = findAlbum(req.params.id);
  if (album) res.json(album);
  else res.status(404).json({ message: 'no such album' });
});
app.post('/albums', express.json(), (req, res) => {
  const album = addAlbum((req.body as { name: string }).name);
  res.status(201).location(`/albums/${album.id}`).json(album);
});
app.get('/cover', (_req, res) => void res.type('gif').send(Buffer.from(cover)));
app.get('/lines', (_req, res) => void Readable.from(albumLines()).pipe(res.type('text/plain')));
app.get('/me', (_req, res) => void res.set('Cache-Control', 'private').json({ name: 'Ann' }));

const server = app.listen(PORT, '127.0.0.1', () => announce(server.address()));
