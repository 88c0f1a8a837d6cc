import type { IncomingMessage, RequestListener } from 'node:http';
import { type Cache, createCache } from '@keepsake/core';
import { httpCache as fetchCache } from '@keepsake/http';
import { httpCache as honoCache } from '@keepsake/http/hono';
import { httpCache as koaCache } from '@keepsake/http/koa';
import { httpCache as nodeCache } from '@keepsake/http/node';
import { httpCache as fastifyCache } from '@keepsake/http/fastify';
import { getRequestListener } from '@hono/node-server';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { send } from './client.ts';
import { listen } from './listen.ts';

/** Handlers that take the credentials off a request once they have seen them, as some authentication does. */
type Build = (cache: Cache) => Promise<RequestListener>;

const takeFrom = ({ rawHeaders }: IncomingMessage): string => {
  const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'authorization');
  return at < 0 ? 'nobody' : (rawHeaders.splice(at, 2)[1] ?? '');
};

const takeOf = (headers: Headers): string => {
  const who = headers.get('authorization') ?? 'nobody';
  headers.delete('authorization');
  return who;
};

const LIFE = 'max-age=60';

const BUILDS: Readonly<Record<string, Build>> = {
  node: async (cache) => {
    const http = nodeCache({ cache });
    return (req, res) =>
      void http(req, res, () => res.setHeader('Cache-Control', LIFE).end(`page of ${takeFrom(req)}`));
  },
  koa: async (cache) => {
    const app = new Koa();
    app.use(koaCache({ cache }));
    app.use((ctx) => {
      ctx.set('Cache-Control', LIFE);
      ctx.body = `page of ${takeFrom(ctx.req)}`;
    });
    const listener = app.callback();
    return (req, res) => void listener(req, res);
  },
  fastify: async (cache) => {
    const app = Fastify();
    app.register(fastifyCache({ cache }));
    app.get('/', (request, reply) =>
      reply.header('Cache-Control', LIFE).send(`page of ${takeFrom(request.raw)}`),
    );
    await app.ready();
    return (req, res) => app.routing(req, res);
  },
  hono: async (cache) => {
    const app = new Hono();
    app.use(honoCache({ cache }));
    app.get('/', (c) => c.body(`page of ${takeOf(c.req.raw.headers)}`, 200, { 'Cache-Control': LIFE }));
    const listener = getRequestListener(app.fetch);
    return (req, res) => void listener(req, res);
  },
  fetch: async (cache) => {
    const handle = fetchCache({ cache })(
      ({ headers }) => new Response(`page of ${takeOf(headers)}`, { headers: { 'Cache-Control': LIFE } }),
    );
    const listener = getRequestListener(handle);
    return (req, res) => void listener(req, res);
  },
};

describe.each(Object.entries(BUILDS))(
  '%s: a handler that writes into the headers of its request',
  (_, build) => {
    it('changes nothing of who may have the response', async () => {
      await using cache = createCache();
      await using server = await listen(await build(cache));
      const read = async (who: string | undefined): Promise<string> =>
        (await send(server.port, '/', who ? { headers: { Authorization: who } } : {})).text;
      expect([await read('alice'), await read(undefined), await read('bob')]).toEqual([
        'page of alice',
        'page of nobody',
        'page of bob',
      ]);
    });
  },
);
