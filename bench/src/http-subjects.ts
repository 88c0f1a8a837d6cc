/** Servers of the HTTP benchmark: each framework's static reply, ours in front of a handler, and rivals. */
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { createCache, type Cache } from '@keepsake/core';
import { httpCache as fetchCache } from '@keepsake/http';
import { httpCache as fastifyCache } from '@keepsake/http/fastify';
import { httpCache as honoCache } from '@keepsake/http/hono';
import { httpCache as koaCache } from '@keepsake/http/koa';
import { httpCache as nodeCache } from '@keepsake/http/node';
import { RedisBackend } from '@keepsake/redis';
import express from 'express';
import Fastify, { type FastifyPluginCallback } from 'fastify';
import { Hono, type MiddlewareHandler } from 'hono';
import Koa, { type Middleware } from 'koa';
import { HANDLER_MS, headersOf, type Sample, sampleAt } from './http-replies.ts';

export interface Served {
  readonly listener: RequestListener;
  readonly close?: () => Promise<unknown>;
}

export interface HttpSubject {
  readonly version: string;
  /** The subject of the same framework that replies with the same bytes and does nothing else. */
  readonly baseline: string;
  open(redisUrl: string): Promise<Served>;
}

type Framework = 'node' | 'fetch' | 'express' | 'fastify' | 'hono' | 'koa';

/** What stands before the handler, and how long the handler takes. */
interface Setup {
  readonly cache: Cache | undefined;
  readonly handlerMs: number;
}

const isCurrent = (condition: string | undefined, { etag }: Sample): boolean => condition === etag;

/** A 304 of a handler that knows its entity tag, as the baseline of ours. */
const notModified = (sample: Sample): Record<string, string> => {
  const { ETag, 'Cache-Control': control } = headersOf(sample);
  return { ETag: ETag ?? '', 'Cache-Control': control ?? '' };
};

const BUILD: Readonly<Record<Framework, (setup: Setup) => Promise<RequestListener>>> = {
  node: async ({ cache, handlerMs }) => {
    const handler: RequestListener = (req, res) => {
      const sample = sampleAt(req.url);
      if (isCurrent(req.headers['if-none-match'], sample)) res.writeHead(304, notModified(sample)).end();
      else res.writeHead(200, headersOf(sample)).end(sample.body);
    };
    const slow: RequestListener =
      handlerMs === 0 ? handler : (req, res) => void after(handlerMs).then(() => handler(req, res));
    if (!cache) return slow;
    const http = nodeCache({ cache });
    return (req, res) => void http(req, res, () => slow(req, res));
  },
  fetch: async ({ cache, handlerMs }) => {
    const handler = async (request: Request): Promise<Response> => {
      if (handlerMs > 0) await after(handlerMs);
      const sample = sampleAt(request.url.slice(request.url.indexOf('/', 8)));
      if (isCurrent(request.headers.get('if-none-match') ?? undefined, sample)) {
        return new Response(null, { status: 304, headers: notModified(sample) });
      }
      return new Response(sample.body, { headers: headersOf(sample) });
    };
    const listener = getRequestListener(cache ? fetchCache({ cache })(handler) : handler);
    return (req, res) => void listener(req, res);
  },
  express: async ({ cache, handlerMs }) => {
    const app = express();
    app.disable('x-powered-by');
    if (cache) app.use(nodeCache({ cache }));
    app.use(async (req, res) => {
      if (handlerMs > 0) await after(handlerMs);
      const sample = sampleAt(req.url);
      res.set(headersOf(sample)).send(sample.body);
    });
    return app;
  },
  fastify: async ({ cache, handlerMs }) => fastifyApp(cache && fastifyCache({ cache }), handlerMs),
  hono: async ({ cache, handlerMs }) => honoApp(cache && honoCache({ cache }), handlerMs),
  koa: async ({ cache, handlerMs }) => koaApp(cache && koaCache({ cache }), handlerMs),
};

export const fastifyApp = async (
  plugin: FastifyPluginCallback | undefined,
  handlerMs: number,
): Promise<RequestListener> => {
  const app = Fastify();
  if (plugin) app.register(plugin);
  app.get('*', async (request, reply) => {
    if (handlerMs > 0) await after(handlerMs);
    const sample = sampleAt(request.url);
    if (isCurrent(request.headers['if-none-match'], sample)) {
      return reply.code(304).headers(notModified(sample)).send();
    }
    return reply.headers(headersOf(sample)).send(sample.body);
  });
  await app.ready();
  return (req, res) => app.routing(req, res);
};

export const honoApp = (
  middleware: MiddlewareHandler | undefined,
  handlerMs: number,
  options: Parameters<typeof getRequestListener>[1] = {},
): RequestListener => {
  const app = new Hono();
  if (middleware) app.use(middleware);
  app.get('*', async (c) => {
    if (handlerMs > 0) await after(handlerMs);
    const sample = sampleAt(c.req.path);
    if (isCurrent(c.req.header('if-none-match'), sample)) return c.body(null, 304, notModified(sample));
    return c.body(
      new Uint8Array(sample.body.buffer as ArrayBuffer, sample.body.byteOffset, sample.body.byteLength),
      200,
      headersOf(sample),
    );
  });
  const listener = getRequestListener(app.fetch, options);
  return (req, res) => void listener(req, res);
};

const koaApp = (middleware: Middleware | undefined, handlerMs: number): RequestListener => {
  const app = new Koa();
  if (middleware) app.use(middleware);
  app.use(async (ctx) => {
    if (handlerMs > 0) await after(handlerMs);
    const sample = sampleAt(ctx.url);
    ctx.set(headersOf(sample));
    ctx.status = 200;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = sample.body;
  });
  const listener = app.callback();
  return (req, res) => void listener(req, res);
};

const FRAMEWORKS = Object.keys(BUILD) as Framework[];

const memory = (): Cache => createCache({ ttl: 3_600 });
/** Every hit is one read of Redis. */
const redisAlone = (url: string): Cache =>
  createCache({ l1: false, l2: new RedisBackend({ url, prefix: 'http:' }) });

const entriesOf = (framework: Framework): [string, HttpSubject][] => {
  const baseline = `${framework}, static`;
  const cached = (make: (url: string) => Cache): HttpSubject => ({
    version: '',
    baseline,
    open: async (url) => {
      const cache = make(url);
      return { listener: await BUILD[framework]({ cache, handlerMs: 0 }), close: () => cache.close() };
    },
  });
  const plain = (handlerMs: number): HttpSubject => ({
    version: '',
    baseline,
    open: async () => ({ listener: await BUILD[framework]({ cache: undefined, handlerMs }) }),
  });
  return [
    [baseline, plain(0)],
    [`${framework}, keepsake`, cached(memory)],
    ...(framework === 'node'
      ? ([
          [`${framework}, keepsake, Redis alone`, cached(redisAlone)],
          [`${framework}, no cache, ${HANDLER_MS} ms handler`, plain(HANDLER_MS)],
        ] as [string, HttpSubject][])
      : []),
  ];
};

export const OWN_SUBJECTS: Readonly<Record<string, HttpSubject>> = Object.fromEntries(
  FRAMEWORKS.flatMap(entriesOf),
);

/** A server of the handler alone, for rivals that are clients. */
export const listenForRivals = async (): Promise<{ port: number; close: () => Promise<unknown> }> => {
  const server = createServer(await BUILD.node({ cache: undefined, handlerMs: 0 }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
