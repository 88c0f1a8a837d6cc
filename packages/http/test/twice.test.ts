import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Cache, createCache } from '@keepsake/core';
import { type HttpCacheOptions, httpCache as fetchCache } from '@keepsake/http';
import { httpCache as fastifyCache } from '@keepsake/http/fastify';
import { httpCache as honoCache } from '@keepsake/http/hono';
import { httpCache as koaCache } from '@keepsake/http/koa';
import { httpCache as nodeCache } from '@keepsake/http/node';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { STORES } from './caches.ts';
import { type Received, send } from './client.ts';
import { listen } from './listen.ts';
import { serveFetch } from './fetch-bridge.ts';

type Options = Pick<HttpCacheOptions<unknown>, 'cacheControlMaxAge'> & { cache: Cache };
interface Stand {
  readonly outer: Options;
  readonly inner: Options;
  /** One cache of this package, used twice; else two. */
  readonly isSame: boolean;
}
type Answer = () => string;

/** Each application has the cache in the way of a request twice. */
const APPS: Readonly<
  Record<string, (stand: Stand, answer: Answer) => RequestListener | Promise<RequestListener>>
> = {
  express: ({ outer, inner, isSame }, answer) => {
    const first = nodeCache(outer);
    const app = express();
    app.use(first);
    const router = express.Router();
    router.use(isSame ? first : nodeCache(inner));
    router.get('/', (_, res) => void res.send(answer()));
    app.use('/a', router);
    return app;
  },
  fastify: async ({ outer, inner, isSame }, answer) => {
    const first = fastifyCache(outer);
    const app = Fastify();
    await app.register(first);
    await app.register(async (child) => {
      await child.register(isSame ? first : fastifyCache(inner));
      child.get('/a', () => answer());
    });
    await app.ready();
    return (req, res) => app.routing(req, res);
  },
  hono: ({ outer, inner, isSame }, answer) => {
    const first = honoCache(outer);
    const child = new Hono();
    child.use(isSame ? first : honoCache(inner));
    child.get('/', (c) => c.text(answer()));
    const listener = getRequestListener(new Hono().use(first).route('/a', child).fetch);
    return (req, res) => void listener(req, res);
  },
  koa: ({ outer, inner, isSame }, answer) => {
    const first = koaCache(outer);
    const app = new Koa();
    app.use(first);
    app.use(isSame ? first : koaCache(inner));
    app.use((ctx) => void (ctx.body = answer()));
    const listener = app.callback();
    return (req, res) => void listener(req, res);
  },
  fetch: ({ outer, inner, isSame }, answer) => {
    const first = fetchCache(outer);
    const second = isSame ? first : fetchCache(inner);
    return serveFetch(first(second(() => new Response(answer()))));
  },
};

const ask = async (
  stand: Stand,
  app: keyof typeof APPS,
  times: number,
): Promise<{ answers: Received[]; runs: number }> => {
  let runs = 0;
  const make = APPS[app] ?? expect.unreachable();
  await using server = await listen(await make(stand, () => `page ${(runs += 1)}`));
  const answers: Received[] = [];
  for (let i = 0; i < times; i += 1) answers.push(await send(server.port, '/a'));
  return { answers, runs };
};

// A cache that waits for itself does so for 10 s.
const LIMIT_MS = 4_000;

describe.each(Object.keys(STORES))('over %s, a request that meets a cache twice', (store) => {
  it.each(
    Object.keys(APPS).flatMap((app) => [
      [app, 'the same httpCache', true] as const,
      [app, 'two of one store', false] as const,
    ]),
  )(
    'on %s, %s: is answered by the outer one, and waits for nobody',
    async (app, _, isSame) => {
      await using cache = STORES[store]?.() ?? createCache();
      const outer = { cache, cacheControlMaxAge: 60 };
      const inner = { cache, cacheControlMaxAge: 5 };
      const { answers, runs } = await ask({ outer, inner, isSame }, app, 3);
      expect(answers.map(({ text }) => text)).toEqual(['page 1', 'page 1', 'page 1']);
      expect(answers.map(({ isHit }) => isHit)).toEqual([false, true, true]);
      expect(answers[2]?.all('cache-control').join()).toBe('max-age=60');
      // The inner one says that it stood aside.
      expect(answers[2]?.all('cache-status').join()).toMatch(/fwd=bypass.*hit/);
      expect(runs).toBe(1);
    },
    LIMIT_MS,
  );
});

describe('two caches of two stores, one behind the other', () => {
  it.each(Object.keys(APPS))('on %s: each keeps what it says', async (app) => {
    await using near = createCache();
    await using far = createCache();
    const { answers, runs } = await ask(
      { outer: { cache: near }, inner: { cache: far, cacheControlMaxAge: 60 }, isSame: false },
      app,
      2,
    );
    expect(answers.map(({ text }) => text)).toEqual(['page 1', 'page 1']);
    expect(runs).toBe(1);
    expect([await near.namespace('http').size(), await far.namespace('http').size()]).toEqual([1, 1]);
  });
});
