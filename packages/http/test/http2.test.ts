import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { httpCache as fastifyCache } from '@keepsake/http/fastify';
import { httpCache } from '@keepsake/http/node';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { gate } from './gate.ts';

type Handler = (req: Http2ServerRequest, res: Http2ServerResponse) => unknown;

const serve = async (handler: Handler) => {
  const cache = createCache();
  const http = httpCache({ cache, cacheControlMaxAge: 60 });
  const server = createServer((req, res) => {
    http(req, res, () => handler(req, res)).catch(() => res.stream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    session,
    ask: (path: string, headers: OutgoingHttpHeaders = {}) => ask(session, path, headers),
    [Symbol.asyncDispose]: async () => {
      session.destroy();
      server.close();
      await once(server, 'close');
      await cache.close();
    },
  };
};

const ask = async (session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders) => {
  const stream = session.request({ ':path': path, ...headers });
  let head: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined;
  let text = '';
  stream.on('response', (given) => (head = given));
  stream.on('error', () => undefined);
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => (text += chunk));
  stream.end();
  await once(stream, 'close');
  const own = String(head?.['cache-status']);
  return { status: head?.[':status'], head, text, isHit: /;hit/.test(own) };
};

describe('HTTP/2, by what node:http2 has for compatibility', () => {
  it('is stored, found again, and answers HEAD, 304 and ranges', async () => {
    let runs = 0;
    await using server = await serve((_, res) => {
      runs += 1;
      res.setHeader('X-A', ['1', '2']);
      res.end('whole body');
    });
    const first = await server.ask('/a');
    const second = await server.ask('/a');
    expect([first.text, first.isHit, second.text, second.isHit]).toEqual([
      'whole body',
      false,
      'whole body',
      true,
    ]);
    expect(second.head?.['x-a']).toBe('1, 2');
    const unchanged = await server.ask('/a', { 'if-none-match': String(second.head?.etag) });
    expect([unchanged.status, unchanged.text]).toEqual([304, '']);
    const head = await server.ask('/a', { ':method': 'HEAD' });
    expect([head.status, head.text, head.isHit]).toEqual([200, '', true]);
    const part = await server.ask('/a', { range: 'bytes=0-4' });
    expect([part.status, part.text]).toEqual([206, 'whole']);
    expect(runs).toBe(1);
  });

  it('its :authority is the host of the key', async () => {
    await using server = await serve((req, res) => res.end(req.authority));
    const [a, b] = [{ ':authority': 'a.example' }, { ':authority': 'b.example' }];
    const texts = [await server.ask('/', a), await server.ask('/', b), await server.ask('/', a)];
    expect(texts.map(({ text, isHit }) => [text, isHit])).toEqual([
      ['a.example', false],
      ['b.example', false],
      ['a.example', true],
    ]);
    const other = await server.ask('/', { ...a, host: 'c.example' });
    expect(other.head?.['cache-status']).toContain('fwd=bypass');
  });

  it('is validated: the handler sees the condition, and says 304', async () => {
    const seen: unknown[] = [];
    await using server = await serve((req, res) => {
      seen.push([req.headers['if-none-match'], req.rawHeaders.includes('If-None-Match')]);
      res.setHeader('Cache-Control', 'no-cache');
      res.setHeader('ETag', '"1"');
      if (req.headers['if-none-match'] === '"1"') res.statusCode = 304;
      res.end(res.statusCode === 304 ? '' : 'body');
    });
    expect((await server.ask('/a')).text).toBe('body');
    const again = await server.ask('/a');
    expect([again.status, again.text]).toEqual([200, 'body']);
    expect(seen).toEqual([
      [undefined, false],
      ['"1"', true],
    ]);
  });

  it('a stream passes and is stored; one that breaks off is not', async () => {
    let runs = 0;
    await using server = await serve(async (req, res) => {
      runs += 1;
      res.write('a');
      await delay(5);
      if (req.url === '/broken' && runs === 2) res.stream.destroy();
      else res.end('b');
    });
    expect([(await server.ask('/a')).text, (await server.ask('/a')).isHit]).toEqual(['ab', true]);
    await server.ask('/broken');
    const second = await server.ask('/broken');
    expect([second.text, second.isHit]).toEqual(['ab', false]);
  });

  it('who waits leads once the leader has gone, though that was before the handler began', async () => {
    const began = gate();
    let runs = 0;
    await using server = await serve(async (_, res) => {
      runs += 1;
      if (runs === 1) {
        began.open();
        await once(res.stream, 'close');
      }
      res.end('body');
    });
    const leader = server.session.request({ ':path': '/a' });
    leader.on('error', () => undefined);
    leader.end();
    await began.opened;
    const waiter = server.ask('/a');
    leader.destroy();
    expect((await waiter).text).toBe('body');
  }, 4_000);

  it('works on Fastify', async () => {
    const cache = createCache();
    const app = Fastify({ http2: true });
    app.register(fastifyCache({ cache, cacheControlMaxAge: 60 }) as never);
    app.get('/', () => ({ a: 1 }));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
    expect((await ask(session, '/', {})).text).toBe('{"a":1}');
    const again = await ask(session, '/', {});
    expect([again.text, again.isHit]).toEqual(['{"a":1}', true]);
    session.destroy();
    await app.close();
    await cache.close();
  });
});
