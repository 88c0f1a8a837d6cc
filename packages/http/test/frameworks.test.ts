import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { httpCache as fastifyCache } from '@keepsake/http/fastify';
import { httpCache as honoCache } from '@keepsake/http/hono';
import { httpCache as koaCache } from '@keepsake/http/koa';
import { httpCache as nodeCache } from '@keepsake/http/node';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import Koa from 'koa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Received, send } from './client.ts';
import { listen } from './listen.ts';

/** What users of each framework write, and what the framework does by itself around it. */
const ALBUMS = { albums: [{ id: 1, name: 'Bärensee' }] };
const AS_JSON = JSON.stringify(ALBUMS);

describe('handlers as users of each framework write them', () => {
  let cache: Cache;
  let close: () => Promise<unknown> = async () => undefined;
  beforeEach(() => {
    cache = createCache();
  });
  afterEach(async () => {
    await close();
    await cache.close();
  });

  const serve = async (listener: RequestListener): Promise<number> => {
    const server = await listen(listener);
    close = async () => server[Symbol.asyncDispose]();
    return server.port;
  };

  const twice = async (port: number, path: string): Promise<[Received, Received]> => [
    await send(port, path),
    await send(port, path),
  ];

  const expectSame = ([miss, hit]: readonly [Received, Received], body: string): void => {
    expect([miss.isHit, hit.isHit]).toEqual([false, true]);
    expect([miss.text, hit.text]).toEqual([body, body]);
    for (const name of ['content-type', 'content-length', 'etag', 'x-own']) {
      expect([name, hit.all(name)]).toEqual([name, miss.all(name)]);
    }
    expect(hit.header('etag')).toBeDefined();
  };

  describe('Express', () => {
    const app = (): express.Express => {
      const own = express();
      own.use(nodeCache({ cache, cacheControlMaxAge: 60 }));
      return own;
    };

    it('json, send and sendStatus come back as they were, with the entity tag that Express made', async () => {
      const own = app();
      own.get('/json', (_, res) => void res.set('X-Own', ['a', 'b']).json(ALBUMS));
      own.get('/bytes', (_, res) => void res.type('bin').send(Buffer.from(AS_JSON)));
      const port = await serve(own);
      expectSame(await twice(port, '/json'), AS_JSON);
      expectSame(await twice(port, '/bytes'), AS_JSON);
      expect((await send(port, '/json')).header('etag')).toMatch(/^W\//);
    });

    it('a handler that rejects is answered by the error handler, and nothing is stored', async () => {
      const own = app();
      let runs = 0;
      own.get('/a', async (_, res) => {
        runs += 1;
        if (runs === 1) throw new Error('db lost');
        res.json(ALBUMS);
      });
      own.use((_e: unknown, _req: express.Request, res: express.Response, _n: unknown) => {
        res.status(500).send('sorry');
      });
      const port = await serve(own);
      expect((await send(port, '/a')).text).toBe('sorry');
      expect((await send(port, '/a')).text).toBe(AS_JSON);
      await send(port, '/a');
      expect((await send(port, '/a')).isHit).toBe(true);
    });
  });

  describe('Fastify', () => {
    it('a hook that writes the response itself does not bring the process down on a hit', async () => {
      // What is not in memory comes later than the hook's own turn, in which Fastify catches what is thrown.
      await using far = createCache({ l1: false, l2: new MemoryBackend() });
      const app = Fastify();
      app.addHook('preHandler', (request, reply, done) => {
        if (request.headers['x-own'] !== undefined) {
          reply.raw.writeHead(200);
          setImmediate(() => reply.raw.end('of the hook'));
        }
        done();
      });
      app.register(fastifyCache({ cache: far, cacheControlMaxAge: 60 }));
      app.get('/a', () => ALBUMS);
      await app.ready();
      const port = await serve((req, res) => app.routing(req, res));
      expectSame(await twice(port, '/a'), AS_JSON);
      expect((await send(port, '/a', { headers: { 'X-Own': '1' } })).text).toBe('of the hook');
      expect((await send(port, '/a')).isHit).toBe(true);
      await app.close();
    });

    it('objects, buffers and streams come back as they were; onSend runs for the handler alone', async () => {
      const app = Fastify();
      let sends = 0;
      let responses = 0;
      app.addHook('onRequest', async (request, reply) => void reply.header('X-Id', request.url));
      app.register(fastifyCache({ cache, cacheControlMaxAge: 60, bypass: (r) => r.originalUrl === '/no' }));
      app.addHook('onSend', async (_, reply, payload) => {
        sends += 1;
        reply.header('X-Own', 'a');
        return payload;
      });
      app.addHook('onResponse', async () => void (responses += 1));
      app.get('/json', () => ALBUMS);
      app.get('/bytes', (_, reply) => reply.send(Buffer.from(AS_JSON)));
      app.get('/stream', (_, reply) => reply.type('text/plain').send(Readable.from(['a', 'b'])));
      await app.ready();
      const port = await serve((req, res) => app.routing(req, res));
      expectSame(await twice(port, '/json'), AS_JSON);
      expectSame(await twice(port, '/bytes'), AS_JSON);
      const [miss, hit] = await twice(port, '/stream');
      expect([miss.text, hit.text, hit.isHit, hit.header('content-type')]).toEqual([
        'ab',
        'ab',
        true,
        'text/plain',
      ]);
      expect([sends, responses]).toEqual([3, 6]);
      expect(hit.all('x-id')).toEqual(['/stream']);
      await app.close();
    });

    it('what checks the request in hooks before it runs on hits too; routes of other scopes are left alone', async () => {
      const app = Fastify();
      let runs = 0;
      app.register(async (scope) => {
        scope.addHook('preHandler', async (request, reply) => {
          if (request.headers['x-key'] !== 'k') await reply.code(401).send('who?');
        });
        scope.register(fastifyCache({ cache, cacheControlMaxAge: 60 }));
        scope.get('/in', () => `in ${(runs += 1)}`);
      });
      app.get('/out', () => `out ${(runs += 1)}`);
      await app.ready();
      const port = await serve((req, res) => app.routing(req, res));
      const headers = { 'X-Key': 'k' };
      expect([
        (await send(port, '/in', { headers })).text,
        (await send(port, '/in', { headers })).text,
        (await send(port, '/in')).status,
        (await send(port, '/out')).text,
        (await send(port, '/out')).text,
      ]).toEqual(['in 1', 'in 1', 401, 'out 2', 'out 3']);
      await app.close();
    });

    it('HEAD of a GET route is answered from the store', async () => {
      const app = Fastify();
      app.register(fastifyCache({ cache, cacheControlMaxAge: 60 }));
      app.get('/json', () => ALBUMS);
      await app.ready();
      const port = await serve((req, res) => app.routing(req, res));
      const { body } = await send(port, '/json');
      const head = await send(port, '/json', { method: 'HEAD' });
      expect([head.isHit, head.header('content-length')]).toEqual([true, String(body.byteLength)]);
      await app.close();
    });
  });

  describe('Koa', () => {
    it('objects, texts and streams come back as they were; middleware around it sets its headers on hits', async () => {
      const app = new Koa();
      let requests = 0;
      app.use(async (ctx, next) => {
        await next();
        ctx.set('X-Request', String((requests += 1)));
      });
      app.use(koaCache({ cache, cacheControlMaxAge: 60, tags: (ctx) => [ctx.path.slice(1)] }));
      app.use((ctx) => {
        ctx.append('X-Own', 'a');
        ctx.append('X-Own', 'b');
        ctx.body = ctx.path === '/json' ? ALBUMS : ctx.path === '/text' ? AS_JSON : Readable.from(['a', 'b']);
      });
      const listener = app.callback();
      const port = await serve((req, res) => void listener(req, res));
      expectSame(await twice(port, '/json'), AS_JSON);
      expectSame(await twice(port, '/text'), AS_JSON);
      const [miss, hit] = await twice(port, '/stream');
      expect([miss.text, hit.text, hit.isHit]).toEqual(['ab', 'ab', true]);
      expect(hit.all('x-request')).toEqual(['6']);
    });

    it('a response without a body stays without one', async () => {
      const app = new Koa();
      app.use(koaCache({ cache, cacheControlMaxAge: 60 }));
      app.use((ctx) => {
        ctx.status = ctx.path === '/none' ? 204 : 200;
        ctx.body = null;
        if (ctx.path !== '/none') ctx.status = 200;
      });
      const listener = app.callback();
      const port = await serve((req, res) => void listener(req, res));
      for (const [path, status] of [
        ['/none', 204],
        ['/empty', 200],
      ] as const) {
        const [miss, hit] = await twice(port, path);
        expect([miss.status, hit.status, hit.text, hit.isHit]).toEqual([status, status, '', true]);
      }
      const only = await send(port, '/other', { headers: { 'Cache-Control': 'only-if-cached' } });
      expect([only.status, only.text]).toEqual([504, '']);
    });
  });

  describe('Hono', () => {
    it('json, text and an event stream; headers of middleware around it, early and late', async () => {
      const app = new Hono();
      let requests = 0;
      app.use(async (c, next) => {
        c.header('X-Early', 'e');
        await next();
        c.header('X-Request', String((requests += 1)));
      });
      app.use(honoCache({ cache, cacheControlMaxAge: 60, bypass: (c) => c.req.path === '/never' }));
      app.get('/json', (c) => c.json(ALBUMS, 200, { 'X-Own': 'a' }));
      app.get('/text', (c) => c.text(AS_JSON));
      app.get('/events', (c) => streamSSE(c, (stream) => stream.writeSSE({ data: 'one' })));
      const listener = getRequestListener(app.fetch);
      const port = await serve((req, res) => void listener(req, res));
      expectSame(await twice(port, '/json'), AS_JSON);
      expectSame(await twice(port, '/text'), AS_JSON);
      expect((await send(port, '/events')).text).toBe('data: one\n\n');
      const hit = await send(port, '/json');
      expect([hit.all('x-early'), hit.all('x-request')]).toEqual([['e'], ['6']]);
    });

    it('a handler that gives no response is the error that it is without a cache, and not stored', async () => {
      const app = new Hono();
      let runs = 0;
      app.use(honoCache({ cache, cacheControlMaxAge: 60 }));
      app.get('/a', (c) => ((runs += 1) === 1 ? (undefined as never) : c.text('fine')));
      app.onError((error, c) => c.text(error.message, 500));
      const listener = getRequestListener(app.fetch);
      const port = await serve((req, res) => void listener(req, res));
      const first = await send(port, '/a');
      expect([first.status, first.text]).toEqual([500, expect.stringMatching(/^Context is not finalized/)]);
      expect((await send(port, '/a')).text).toBe('fine');
    });

    it('what an error handler answers is not stored, even if it says so', async () => {
      const app = new Hono();
      let runs = 0;
      app.use(honoCache({ cache, cacheControlMaxAge: 60 }));
      app.get('/a', (c) => {
        if ((runs += 1) === 1) throw new Error('db lost');
        return c.text('fine');
      });
      app.onError((_, c) => c.text('sorry', 200, { 'Cache-Control': 'max-age=60' }));
      const listener = getRequestListener(app.fetch);
      const port = await serve((req, res) => void listener(req, res));
      expect((await send(port, '/a')).text).toBe('sorry');
      expect((await send(port, '/a')).text).toBe('fine');
    });
  });
});
