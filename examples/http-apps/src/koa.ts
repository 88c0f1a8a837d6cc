import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/koa';
import Koa from 'koa';
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

const app = new Koa();
app.use(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));

app.use(async (ctx) => {
  if (ctx.path === '/albums' && ctx.method === 'POST') {
    const album = addAlbum(((await json(ctx.req)) as { name: string }).name);
    ctx.status = 201;
    ctx.set('Location', `/albums/${album.id}`);
    ctx.body = album;
  } else if (ctx.path === '/') {
    ctx.res.writeEarlyHints({ link: PRELOAD });
    ctx.set('Cache-Control', PAGE_CONTROL);
    ctx.body = page;
  } else if (ctx.path === '/greeting') {
    ctx.vary('Accept-Language');
    ctx.body = greet(ctx.get('Accept-Language'));
  } else if (ctx.path === '/events') {
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/event-stream';
    ctx.body = Readable.from(ticks());
  } else if (ctx.path === '/albums') ctx.body = listAlbums();
  else if (ctx.path === '/cover') {
    ctx.type = 'gif';
    ctx.body = Buffer.from(cover);
  } else if (ctx.path === '/lines') {
    ctx.type = 'text/plain';
    ctx.body = Readable.from(albumLines());
  } else if (ctx.path === '/me') {
    ctx.set('Cache-Control', 'private');
    ctx.body = { name: 'Ann' };
  } else {
    const album = findAlbum(ctx.path.replace('/albums/', ''));
    ctx.status = album ? 200 : 404;
    ctx.body = album ?? { message: 'no such album' };
  }
});

const server = app.listen(PORT, '127.0.0.1', () => announce(server.address()));
