/** Other libraries in the HTTP benchmark, each as its README says. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import fastifyCaching from '@fastify/caching';
import express, { type RequestHandler } from 'express';
import { cache as honoCache } from 'hono/cache';
import { Agent, cacheStores, caches, Headers, interceptors, request, Request, Response } from 'undici';
import { headersOf, sampleAt } from './http-replies.ts';
import { fastifyApp, honoApp, type HttpSubject, listenForRivals } from './http-subjects.ts';

const require = createRequire(import.meta.url);
// Both are CommonJS without types.
const apicache = require('apicache') as { options(o: object): { middleware(life: string): RequestHandler } };
const httpCacheMiddleware = require('http-cache-middleware') as () => (
  req: IncomingMessage,
  res: ServerResponse,
  next: () => void,
) => void;

/** Not by `require`: most do not export their manifest. */
const version = (name: string): string => {
  const manifest = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

export const RIVALS: Readonly<Record<string, HttpSubject>> = {
  'express, apicache': {
    version: version('apicache'),
    baseline: 'express, static',
    open: async () => {
      const app = express();
      app.disable('x-powered-by');
      app.use(apicache.options({ respectCacheControl: false }).middleware('1 hour'));
      app.use((req, res) => void res.set(headersOf(sampleAt(req.url))).send(sampleAt(req.url).body));
      return { listener: app };
    },
  },
  'node, http-cache-middleware': {
    version: version('http-cache-middleware'),
    baseline: 'node, static',
    open: async () => {
      const middleware = httpCacheMiddleware();
      return {
        listener: (req, res) =>
          middleware(req, res, () => {
            const sample = sampleAt(req.url);
            res.writeHead(200, headersOf(sample)).end(sample.body);
          }),
      };
    },
  },
  'fastify, @fastify/caching': {
    version: version('@fastify/caching'),
    baseline: 'fastify, static',
    open: async () => ({
      listener: await fastifyApp((instance, _, done) => {
        instance.register(fastifyCaching, { privacy: 'public', expiresIn: 3_600 });
        done();
      }, 0),
    }),
  },
  'hono, hono/cache': {
    version: version('hono'),
    baseline: 'hono, static',
    open: async () => {
      // A cache takes the classes of its own library alone.
      Object.assign(globalThis, { caches, Headers, Request, Response });
      const middleware = honoCache({ cacheName: 'bench', cacheControl: 'max-age=3600', wait: true });
      return { listener: honoApp(middleware, 0, { overrideGlobalObjects: false }) };
    },
  },
  'node, undici cache interceptor': {
    version: version('undici'),
    baseline: 'node, static',
    open: async () => {
      const origin = await listenForRivals();
      const store = new cacheStores.MemoryCacheStore({ maxEntrySize: 1_048_576, maxSize: 64 * 1_048_576 });
      const dispatcher = new Agent().compose(interceptors.cache({ store }));
      const pass = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
        const condition = req.headers['if-none-match'];
        const answer = await request(`http://127.0.0.1:${origin.port}${req.url ?? '/'}`, {
          dispatcher,
          ...(condition !== undefined && { headers: { 'if-none-match': condition } }),
        });
        res.writeHead(answer.statusCode, answer.headers);
        res.end(await answer.body.bytes());
      };
      return {
        listener: (req, res) => void pass(req, res).catch(() => res.destroy()),
        close: origin.close,
      };
    },
  },
};
