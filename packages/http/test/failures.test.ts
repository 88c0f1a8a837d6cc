import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Cache, createCache } from '@keepsake/core';
import { httpCache as fetchCache } from '@keepsake/http';
import { httpCache as fastifyCache } from '@keepsake/http/fastify';
import { httpCache as honoCache } from '@keepsake/http/hono';
import { httpCache as koaCache } from '@keepsake/http/koa';
import { httpCache as nodeCache } from '@keepsake/http/node';
import connectApp from 'connect';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import Koa from 'koa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send } from './client.ts';
import { listen } from './listen.ts';
import { serveFetch } from './fetch-bridge.ts';

/** What the handler does next. `missing`: it throws what its framework makes a 404 of. */
type Next = 'answers' | 'throws' | 'missing' | 'says 500';

/** To be validated on each use, and kept for the need. */
const STALE = { 'Cache-Control': 'max-age=0', ETag: '"a"' };
/** What no error is to be stored by. */
const LONG = { 'Cache-Control': 'max-age=3600' };

const notFound = (): Error => Object.assign(new Error('no such album'), { status: 404, statusCode: 404 });
const thrown = (next: Next): Error | undefined => {
  if (next === 'throws') return new Error('db lost');
  return next === 'missing' ? notFound() : undefined;
};

let cache: Cache;
let next: Next = 'answers';
/** Errors that the application's own error handler has seen. */
let seen: string[];

/** For Connect, Express and node:http. */
const answer = (_req: IncomingMessage, res: ServerResponse): void => {
  res.setHeader('X-Of-Handler', 'a');
  const error = thrown(next);
  if (error) throw error;
  if (next === 'says 500') res.writeHead(500, LONG).end('sorry');
  else res.writeHead(200, STALE).end('album');
};

const answerError = (error: unknown, _req: unknown, res: ServerResponse, _next: unknown): void => {
  const { status = 500, message } = error as Error & { status?: number };
  seen.push(message);
  res.writeHead(status, LONG).end('sorry');
};

type Make = () => RequestListener | Promise<RequestListener>;

const APPS: Readonly<Record<string, Make>> = {
  Express: () => {
    const http = nodeCache({ cache });
    return express()
      .use((_req, res, go) => {
        res.set('X-Before', 'b');
        go();
      })
      .use(http, answer, http.onFailure, answerError);
  },
  Connect: () => {
    const http = nodeCache({ cache });
    const app = connectApp();
    app.use((_req, res, go) => {
      res.setHeader('X-Before', 'b');
      go();
    });
    app.use((req, res, go) => void http(req, res, go));
    app.use(answer);
    app.use(http.onFailure);
    app.use(answerError);
    return app;
  },
  Fastify: async () => {
    const app = Fastify();
    app.addHook('onRequest', async (_, reply) => void reply.header('X-Before', 'b'));
    app.register(fastifyCache({ cache }));
    app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
      seen.push(error.message);
      return reply
        .code(error.statusCode ?? 500)
        .headers(LONG)
        .send('sorry');
    });
    app.get('/a', async (_, reply) => {
      reply.header('X-Of-Handler', 'a');
      const error = thrown(next);
      if (error) throw error;
      if (next === 'says 500') return reply.code(500).headers(LONG).send('sorry');
      return reply.headers(STALE).send('album');
    });
    await app.ready();
    return (req, res) => app.routing(req, res);
  },
  Hono: () => {
    const app = new Hono();
    app.use(async (c, go) => {
      c.header('X-Before', 'b');
      await go();
    });
    app.use(honoCache({ cache }));
    app.onError((error, c) => {
      seen.push(error.message);
      return c.text('sorry', error instanceof HTTPException ? 404 : 500, LONG);
    });
    app.get('/a', (c) => {
      c.header('X-Of-Handler', 'a');
      if (next === 'missing') throw new HTTPException(404, { message: 'no such album' });
      if (next === 'throws') throw new Error('db lost');
      return next === 'says 500' ? c.text('sorry', 500, LONG) : c.text('album', 200, STALE);
    });
    const listener = getRequestListener(app.fetch);
    return (req, res) => void listener(req, res);
  },
  Koa: () => {
    const app = new Koa();
    app.on('error', (error: Error) => void seen.push(error.message));
    app.use(async (ctx, go) => {
      ctx.set('X-Before', 'b');
      try {
        await go();
      } catch (error) {
        const { status = 500 } = error as { status?: number };
        ctx.app.emit('error', error, ctx);
        ctx.status = status;
        ctx.set(LONG);
        ctx.body = 'sorry';
      }
    });
    app.use(koaCache({ cache }));
    app.use((ctx) => {
      ctx.set('X-Of-Handler', 'a');
      if (next === 'missing') ctx.throw(404, 'no such album');
      if (next === 'throws') throw new Error('db lost');
      ctx.status = next === 'says 500' ? 500 : 200;
      ctx.set(next === 'says 500' ? LONG : STALE);
      ctx.body = next === 'says 500' ? 'sorry' : 'album';
    });
    const listener = app.callback();
    return (req, res) => void listener(req, res);
  },
};

let port: number;
let close: () => Promise<unknown>;
const serve = async (make: Make): Promise<void> => {
  const server = await listen(await make());
  ({ port } = server);
  close = async () => server[Symbol.asyncDispose]();
};

/** Status and body, one request after another. */
const ask = async (...steps: readonly Next[]): Promise<string[]> => {
  const answers: string[] = [];
  for (next of steps) {
    const { status, text } = await send(port, '/a');
    answers.push(`${status} ${text}`);
  }
  return answers;
};

beforeEach(() => {
  cache = createCache();
  seen = [];
});
afterEach(async () => {
  await close();
  await cache.close();
});

describe.each(Object.keys(APPS))('a handler of %s that throws', (name) => {
  beforeEach(() => serve(APPS[name] ?? expect.unreachable()));

  it('is answered for by what is stale, though the error handler sees the error', async () => {
    expect(await ask('answers', 'throws', 'throws')).toEqual(['200 album', '200 album', '200 album']);
    expect(seen).toEqual(['db lost', 'db lost']);
  });

  it('leaves nothing of itself or of the error handler on that, and what stood before the cache stays', async () => {
    await ask('answers');
    next = 'throws';
    const stale = await send(port, '/a');
    expect(stale.lines.map(([field]) => field.toLowerCase())).toContain('age');
    expect([stale.all('cache-control'), stale.all('etag')]).toEqual([['max-age=0'], ['"a"']]);
    expect([stale.all('x-before'), stale.all('x-of-handler')]).toEqual([['b'], ['a']]);
    expect(stale.header('cache-status')).toBe('Keepsake;fwd=stale;fwd-status=500');
  });

  it('is answered for by the error handler where nothing is stored, and that is not stored', async () => {
    expect(await ask('throws', 'throws', 'answers')).toEqual(['500 sorry', '500 sorry', '200 album']);
  });

  it('has answered, where what it throws means 404: that ends what is stale, and is not stored', async () => {
    expect(await ask('answers', 'missing', 'throws', 'answers')).toEqual([
      '200 album',
      '404 sorry',
      '500 sorry',
      '200 album',
    ]);
    expect(seen).toEqual(['no such album', 'db lost']);
  });

  it('differs from one that says 500 itself', async () => {
    expect(await ask('answers', 'says 500')).toEqual(['200 album', '500 sorry']);
  });

  it('is no reason to serve HEAD or a write anything else', async () => {
    next = 'throws';
    expect((await send(port, '/a', { method: 'HEAD' })).status).toBe(500);
    await ask('answers');
    next = 'throws';
    const { status } = await send(port, '/a', { method: 'POST', headers: { 'Content-Length': '0' } });
    expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe.each(['node:http', 'fetch'])('a handler of %s that throws', (name) => {
  /** Whoever calls the cache there answers for what it rejects with. */
  const sorry = (error: unknown): string => {
    seen.push((error as Error).message);
    return 'sorry';
  };
  const MAKE: Make =
    name === 'fetch'
      ? () => {
          const handler = fetchCache({ cache })(() => {
            const error = thrown(next);
            if (error) throw error;
            return new Response('album', { headers: STALE });
          });
          return serveFetch(async (request) => {
            try {
              return await handler(request);
            } catch (error) {
              return new Response(sorry(error), { status: 500 });
            }
          });
        }
      : () => {
          const http = nodeCache({ cache });
          return (req, res) => {
            http(req, res, () => answer(req, res)).catch((error: unknown) => {
              res.writeHead(500).end(sorry(error));
            });
          };
        };
  beforeEach(() => serve(MAKE));

  it('is answered for by what is stale', async () => {
    expect(await ask('answers', 'throws')).toEqual(['200 album', '200 album']);
    expect(seen).toEqual([]);
  });

  it('is left to the caller where nothing is stored, or where what it throws means 404', async () => {
    expect(await ask('throws', 'answers', 'missing', 'answers')).toEqual([
      '500 sorry',
      '200 album',
      '500 sorry',
      '200 album',
    ]);
    expect(seen).toEqual(['db lost', 'no such album']);
  });
});
