import { serve } from '@hono/node-server';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/hono';
import { Hono } from 'hono';
import { stream, streamText } from 'hono/streaming';
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
  ticks,
} from './albums.ts';

const app = new Hono();
app.use(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));

app.get('/', (c) => c.html(page, 200, { 'Cache-Control': PAGE_CONTROL }));
app.get('/greeting', (c) => c.text(greet(c.req.header('Accept-Language')), 200, { Vary: 'Accept-Language' }));
app.get('/events', (c) => {
  c.header('Cache-Control', 'no-store');
  c.header('Content-Type', 'text/event-stream');
  return stream(c, async (out) => {
    for await (const tick of ticks()) await out.write(tick);
  });
});
app.get('/albums', (c) => c.json(listAlbums()));
app.get('/albums/:id', (c) => {
  const album = findAlbum(c.req.param('id'));
  return album ? c.json(album) : c.json({ message: 'no such album' }, 404);
});
app.post('/albums', async (c) => {
  const album = addAlbum((await c.req.json<{ name: string }>()).name);
  return c.json(album, 201, { Location: `/albums/${album.id}` });
});
app.get('/cover', (c) => c.body(cover, 200, { 'Content-Type': 'image/gif' }));
app.get('/lines', (c) =>
  streamText(c, async (out) => {
    for await (const line of albumLines()) await out.write(line);
  }),
);
app.get('/me', (c) => c.json({ name: 'Ann' }, 200, { 'Cache-Control': 'private' }));

serve({ fetch: app.fetch, port: PORT, hostname: '127.0.0.1' }, announce);
