import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/node';
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

const http = httpCache({ cache: createCache(), cacheControlMaxAge: 60 });

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };

const sendJson = (res: ServerResponse, status: number, value: unknown, headers = {}): void => {
  res.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
};

const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const { method, url = '/' } = req;
  if (url === '/albums' && method === 'POST') {
    const { name } = (await json(req)) as { name: string };
    const album = addAlbum(name);
    sendJson(res, 201, album, { Location: `/albums/${album.id}` });
  } else if (url === '/') {
    res.writeEarlyHints({ link: PRELOAD });
    res
      .writeHead(200, { 'Cache-Control': PAGE_CONTROL, 'Content-Type': 'text/html; charset=utf-8' })
      .end(page);
  } else if (url === '/greeting') {
    res.writeHead(200, { ...TEXT, Vary: 'Accept-Language' }).end(greet(req.headers['accept-language']));
  } else if (url === '/events') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    Readable.from(ticks()).pipe(res);
  } else if (url === '/albums') sendJson(res, 200, listAlbums());
  else if (url === '/cover') res.writeHead(200, { 'Content-Type': 'image/gif' }).end(cover);
  else if (url === '/lines') {
    res.writeHead(200, TEXT);
    Readable.from(albumLines()).pipe(res);
  } else if (url === '/me') sendJson(res, 200, { name: 'Ann' }, { 'Cache-Control': 'private' });
  else {
    const album = findAlbum(url.replace('/albums/', ''));
    if (album) sendJson(res, 200, album);
    else sendJson(res, 404, { message: 'no such album' });
  }
};

const server = createServer((req, res) => {
  http(req, res, () => handle(req, res)).catch(() => res.destroy());
});
server.listen(PORT, '127.0.0.1', () => announce(server.address()));
