import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cache, createCache, type Invalidation } from '@keepsake/core';
import { httpCache, metricsHandler, shutdownCache, startupCache, statsHandler } from '@keepsake/http';
import { httpCache as fastifyHttpCache } from '@keepsake/http/fastify';
import { httpCache as honoHttpCache } from '@keepsake/http/hono';
import { httpCache as koaHttpCache } from '@keepsake/http/koa';
import { httpCache as nodeHttpCache } from '@keepsake/http/node';
import type { Express } from 'express';
import type { FastifyInstance } from 'fastify';
import type { Hono } from 'hono';
import type Koa from 'koa';
import { expectTypeOf } from 'vitest';

declare const req: IncomingMessage;
declare const res: ServerResponse;
const cache: Cache = createCache();

const http = httpCache({
  cache,
  cacheControlMaxAge: 3600,
  origin: 'https://photos.example',
  serverTtl: '10m',
  tags: (request, response) => [request.url, String(response.status)],
  bypass: (request) => request.headers.has('x-preview'),
  keyHeaders: ['X-Tenant'],
  query: { only: ['page'] },
  setCookie: 'strip',
  maxBodyBytes: 1_048_576,
  maxVariants: 32,
  preset: 'conformance',
  targets: ['CDN-Cache-Control'],
  cacheStatus: false,
});
const handler = (request: Request): Response | Promise<Response> => new Response(request.url);
expectTypeOf(http(handler)).toExtend<(request: Request) => Response | Promise<Response>>();
expectTypeOf(http.purge({ url: '/a' })).toEqualTypeOf<Promise<Invalidation>>();
expectTypeOf(http.purge({ tag: 'a' })).toEqualTypeOf<Promise<Invalidation>>();
expectTypeOf(http.purge({ group: 'a' })).toEqualTypeOf<Promise<Invalidation>>();
httpCache({ cache, query: 'no-vary-search' });

const middleware = nodeHttpCache({ cache, tags: ['a'], bypass: (request) => request.url === '/' });
expectTypeOf(middleware(req, res, () => undefined)).toEqualTypeOf<Promise<void>>();
expectTypeOf(middleware.purge({ tag: 'a' })).toEqualTypeOf<Promise<Invalidation>>();

declare const apps: { express: Express; fastify: FastifyInstance; hono: Hono; koa: Koa };
apps.express.use(middleware);
const plugin = fastifyHttpCache({
  cache,
  bypass: (request) => request.routeOptions.url === '/',
  tags: ['a'],
});
apps.fastify.register(plugin);
expectTypeOf(plugin.purge({ tag: 'a' })).toEqualTypeOf<Promise<Invalidation>>();
const ofHono = honoHttpCache({ cache, bypass: (c) => c.req.path === '/', tags: (c) => [c.req.method] });
apps.hono.use(ofHono);
expectTypeOf(ofHono.purge({ url: '/a' })).toEqualTypeOf<Promise<Invalidation>>();
const ofKoa = koaHttpCache({ cache, bypass: (ctx) => ctx.path === '/', tags: (ctx) => [ctx.method] });
apps.koa.use(ofKoa);
expectTypeOf(ofKoa.purge({ tag: 'a' })).toEqualTypeOf<Promise<Invalidation>>();

await startupCache(cache, { timeout: 5, required: false, warm: (own) => own.set('a', 1) });
await shutdownCache(cache, { timeout: 2 });
expectTypeOf(statsHandler(cache)(new Request('http://a/'))).toEqualTypeOf<Promise<Response>>();
expectTypeOf(metricsHandler(cache)(new Request('http://a/'))).toEqualTypeOf<Promise<Response>>();

// @ts-expect-error a cache is needed
httpCache({});
// @ts-expect-error not a way with cookies
httpCache({ cache, setCookie: 'keep' });
