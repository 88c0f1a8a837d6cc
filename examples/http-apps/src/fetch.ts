import { serve } from '@hono/node-server';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http';
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

const http = httpCache({ cache: createCache(), cacheControlMaxAge: 60 });

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };

const streamed = (texts: AsyncIterable<string>, headers: Record<string, string>): Response =>
  new Response(ReadableStream.from(texts).pipeThrough(new TextEncoderStream()), { headers });

const handle = async (request: Request): Promise<Response> => {
  const { pathname } = new URL(request.url);
  if (pathname === '/albums' && request.method === 'POST') {
    const album = addAlbum(((await request.json()) as { name: string }).name);
    return Response.json(album, { status: 201, headers: { Location: `/albums/${album.id}` } });
  }
  if (pathname === '/') {
    return new Response(page, {
      headers: { 'Cache-Control': PAGE_CONTROL, 'Content-Type': 'text/html; charset=utf-8' },
    });
  }
  if (pathname === '/greeting') {
    const text = greet(request.headers.get('Accept-Language') ?? '');
    return new Response(text, { headers: { ...TEXT, Vary: 'Accept-Language' } });
  }
  if (pathname === '/events') {
    return streamed(ticks(), { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  }
  if (pathname === '/albums') return Response.json(listAlbums());
  if (pathname === '/cover') return new Response(cover, { headers: { 'Content-Type': 'image/gif' } });
  if (pathname === '/lines') return streamed(albumLines(), TEXT);
  if (pathname === '/me') return Response.json({ name: 'Ann' }, { headers: { 'Cache-Control': 'private' } });
  const album = findAlbum(pathname.replace('/albums/', ''));
  return album ? Response.json(album) : Response.json({ message: 'no such album' }, { status: 404 });
};

// Any server for fetch handlers will do: this one, Deno.serve, Bun.serve, a worker.
serve({ fetch: http(handle), port: PORT, hostname: '127.0.0.1' }, announce);
