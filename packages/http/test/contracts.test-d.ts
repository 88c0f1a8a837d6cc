import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cache, createCache, type Invalidation } from '@keepsake/core';
import { httpCache, metricsHandler, shutdownCache, startupCache, statsHandler } from '@keepsake/http';
import { httpCache as nodeHttpCache } from '@keepsake/http/node';
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
  cacheStatus: false,
});
const handler = (request: Request): Response | Promise<Response> => new Response(request.url);
expectTypeOf(http(handler)).toExtend<(request: Request) => Response | Promise<Response>>();
expectTypeOf(http.purge({ url: '/a' })).toEqualTypeOf<Promise<Invalidation>>();
expectTypeOf(http.purge({ tag: 'a' })).toEqualTypeOf<Promise<Invalidation>>();

const middleware = nodeHttpCache({ cache, tags: ['a'], bypass: (request) => request.url === '/' });
expectTypeOf(middleware(req, res, () => undefined)).toEqualTypeOf<Promise<void>>();
expectTypeOf(middleware.purge({ tag: 'a' })).toEqualTypeOf<Promise<Invalidation>>();

await startupCache(cache, { timeout: 5, required: false, warm: (own) => own.set('a', 1) });
await shutdownCache(cache, { timeout: 2 });
expectTypeOf(statsHandler(cache)(new Request('http://a/'))).toEqualTypeOf<Promise<Response>>();
expectTypeOf(metricsHandler(cache)(new Request('http://a/'))).toEqualTypeOf<Promise<Response>>();

// @ts-expect-error a cache is needed
httpCache({});
// @ts-expect-error not a way with cookies
httpCache({ cache, setCookie: 'keep' });
