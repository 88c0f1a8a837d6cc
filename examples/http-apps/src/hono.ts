import { serve } from '@hono/node-server';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/hono';
import { Hono } from 'hono';
import { streamText } from 'hono/streaming';
import { addAlbum, albumLines, announce, cover, findAlbum, listAlbums, PORT } from './albums.ts';

const app = new Hono();
app.use(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));

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
  streamText(c, async (stream) => {
    for await (const line of albumLines()) await stream.write(line);
  }),
);
app.get('/me', (c) => c.json({ name: 'Ann' }, 200, { 'Cache-Control': 'private' }));

serve({ fetch: app.fetch, port: PORT, hostname: '127.0.0.1' }, announce);
