import type { IncomingMessage, RequestListener } from 'node:http';
import { type Cache, createCache, isCacheError } from '@keepsake/core';
import { httpCache as fetchCache, statsHandler } from '@keepsake/http';
import { httpCache as fastifyCache } from '@keepsake/http/fastify';
import { httpCache as honoCache } from '@keepsake/http/hono';
import { httpCache as koaCache } from '@keepsake/http/koa';
import { httpCache as nodeCache } from '@keepsake/http/node';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from './listen.ts';

let cache: Cache;
beforeEach(() => {
  cache = createCache();
});
afterEach(() => cache.close());

const MADE = {
  '@keepsake/http': () => fetchCache({ cache }),
  '@keepsake/http/node': () => nodeCache({ cache }),
  '@keepsake/http/fastify': () => fastifyCache({ cache }),
  '@keepsake/http/hono': () => honoCache({ cache }),
  '@keepsake/http/koa': () => koaCache({ cache }),
} as const;
type Entry = keyof typeof MADE;

/** The error that a request came to, as the framework's own error handler gets it. */
type Ask = (middleware: never) => Promise<unknown>;

const askServer = async (listener: RequestListener): Promise<void> => {
  await using server = await listen(listener);
  await fetch(`http://127.0.0.1:${server.port}/`).then((response) => response.text());
};

const FRAMEWORKS: Readonly<Record<string, { readonly own: Entry; readonly ask: Ask }>> = {
  express: {
    own: '@keepsake/http/node',
    ask: async (middleware) => {
      let error: unknown;
      const app = express();
      app.use(middleware);
      app.use((_: unknown, res: express.Response) => void res.send('x'));
      app.use((caught: unknown, _req: unknown, res: express.Response, _next: unknown) => {
        error = caught;
        res.end();
      });
      await askServer(app);
      return error;
    },
  },
  hono: {
    own: '@keepsake/http/hono',
    ask: async (middleware) => {
      let error: unknown;
      const app = new Hono();
      app.use(middleware);
      app.get('/', (c) => c.text('x'));
      app.onError((caught, c) => {
        error = caught;
        return c.body(null);
      });
      await app.request('http://localhost/');
      return error;
    },
  },
  koa: {
    own: '@keepsake/http/koa',
    ask: async (middleware) => {
      let error: unknown;
      const app = new Koa();
      app.on('error', (caught) => (error = caught));
      app.use(middleware);
      app.use((ctx) => void (ctx.body = 'x'));
      const listener = app.callback();
      await askServer((req, res) => void listener(req, res));
      return error;
    },
  },
  fastify: {
    own: '@keepsake/http/fastify',
    ask: async (plugin) => {
      const app = Fastify();
      try {
        await app.register(plugin);
        app.get('/', () => 'x');
        await app.inject('/');
        return undefined;
      } catch (error) {
        return error;
      } finally {
        await app.close();
      }
    },
  },
};

describe('the cache of one framework given to another', () => {
  const pairs = Object.entries(FRAMEWORKS).flatMap(([name, { own, ask }]) =>
    (Object.keys(MADE) as Entry[]).map((entry) => [name, entry, own, ask] as const),
  );
  /** Fastify refuses a plugin of three parameters that is async, and ends the process where one throws. */
  const isFastifys = (name: string, entry: Entry): boolean =>
    name === 'fastify' && (entry === '@keepsake/http/node' || entry === '@keepsake/http');

  it.each(pairs.filter(([name, entry, own]) => entry !== own && !isFastifys(name, entry)))(
    '%s with %s is an error that says which to take',
    async (_, entry, own, ask) => {
      const error = await ask(MADE[entry]() as never);
      expect(error).toMatchObject({ code: 'ERR_HTTP_OPTION', message: expect.stringContaining(`'${own}'`) });
    },
  );

  it.each(pairs.filter(([, entry, own]) => entry === own))(
    '%s with %s is none',
    async (_, entry, own, ask) => {
      expect(own).toBe(entry);
      expect(await ask(MADE[entry]() as never)).toBeUndefined();
    },
  );

  it('is refused at once by fetch, which is given a handler', () => {
    for (const given of [undefined, 'x', {}, new Request('http://a/')]) {
      expect(() => fetchCache({ cache })(given as never)).toThrow(
        /^httpCache of '@keepsake\/http': expected a handler/,
      );
    }
  });

  it('is refused where a request of Node comes to a fetch handler', async () => {
    const handle = fetchCache({ cache })(() => new Response('x'));
    const error: unknown = await handle({ url: '/', rawHeaders: [] } as never).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ message: expect.stringContaining("'@keepsake/http/node'") });
  });

  it('without next is refused before anything is done', async () => {
    const http = nodeCache({ cache }) as unknown as (req: unknown, res: unknown) => Promise<void>;
    const request = { method: 'GET', url: '/', rawHeaders: [], socket: {} } as unknown as IncomingMessage;
    await expect(http(request, {})).rejects.toThrow('(req, res, next)');
  });
});

describe('a report', () => {
  it('is taken by Hono and Fastify as it is', async () => {
    const hono = new Hono().get('/stats', statsHandler(cache));
    expect(await (await hono.request('/stats')).json()).toMatchObject({ hits: 0 });
    const fastify = Fastify();
    fastify.get('/stats', statsHandler(cache));
    expect((await fastify.inject('/stats')).json()).toMatchObject({ hits: 0 });
    await fastify.close();
  });

  it('given to Express or Koa is an error, for its client would wait for ever', async () => {
    for (const name of ['express', 'koa']) {
      const error: unknown = await FRAMEWORKS[name]?.ask(statsHandler(cache) as never);
      expect(isCacheError(error) && error.message).toContain('return a Response');
    }
  });
});

describe('a fetch handler that gives no Response', () => {
  it.each([[undefined], ['text'], [{ status: 200 }]])(
    '%j: an error at once, and nobody waits for it',
    async (given) => {
      let runs = 0;
      const handle = fetchCache({ cache })(() => ((runs += 1) === 1 ? (given as never) : new Response('x')));
      await expect(handle(new Request('http://a/'))).rejects.toThrow('The handler gave something else');
      expect(await (await handle(new Request('http://a/'))).text()).toBe('x');
    },
    // A flight that never landed would hold the second request up for 10 s.
    3_000,
  );
});
