import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http';
import { httpCache as nodeHttpCache } from '@keepsake/http/node';
import { describe, expect, it } from 'vitest';
import { send } from './client.ts';
import { listen } from './listen.ts';
import { naiveCache } from './naive-cache.ts';

const WHOLE = '{"items":[1,2,3]}';
const HALF = '{"items":[1,2';

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;
/** Answers for a handler that failed, as applications do. */
type OnFailure = (res: ServerResponse) => void;

const endIt: OnFailure = (res) => void res.end();
const apologise: OnFailure = (res) => {
  if (!res.headersSent) res.writeHead(200, { 'Cache-Control': 'max-age=60' });
  res.end('sorry');
};

/** The first run is as given, all others are whole. */
const failingOnce = (first: Handler): Handler => {
  let runs = 0;
  return (req, res) => ((runs += 1) === 1 ? first(req, res) : res.end(WHOLE));
};

const behindCache = (handler: Handler, onFailure: OnFailure): RequestListener => {
  const http = nodeHttpCache({ cache: createCache(), cacheControlMaxAge: 60 });
  return (req, res) => {
    http(req, res, () => handler(req, res)).catch(() => onFailure(res));
  };
};

/** Connect and Express: `next` returns nothing and never throws; errors go to the framework's own handler. */
const insideFramework = (handler: Handler, onFailure: OnFailure): RequestListener => {
  const guarded = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    try {
      await handler(req, res);
    } catch {
      onFailure(res);
    }
  };
  return behindCache((req, res) => void guarded(req, res), endIt);
};

const behindNaive = (handler: Handler, onFailure: OnFailure): RequestListener =>
  naiveCache(async (req, res) => {
    try {
      await handler(req, res);
    } catch {
      onFailure(res);
    }
  });

const FAILURES: readonly (readonly [string, Handler, OnFailure])[] = [
  [
    'throws at once after a part',
    (_, res) => {
      res.write(HALF);
      throw new Error('db lost');
    },
    endIt,
  ],
  [
    'rejects after a part',
    async (_, res) => {
      res.write(HALF);
      await nextTurn();
      throw new Error('db lost');
    },
    endIt,
  ],
  [
    'rejects after a part, and more is written for it',
    async (_, res) => {
      res.write(HALF);
      await nextTurn();
      throw new Error('db lost');
    },
    apologise,
  ],
  [
    'ends in a finally, and throws',
    (_, res) => {
      try {
        res.write(HALF);
        throw new Error('db lost');
      } finally {
        res.end();
      }
    },
    endIt,
  ],
  [
    'ends in a finally, and rejects some calls further up',
    async (_, res) => {
      const inner = async (): Promise<void> => {
        try {
          res.write(HALF);
          await nextTurn();
          throw new Error('db lost');
        } finally {
          res.end();
        }
      };
      const middle = async (): Promise<void> => await inner();
      const outer = async (): Promise<void> => await middle();
      await outer();
    },
    endIt,
  ],
  [
    'ends with nothing at all in a finally',
    async (_, res) => {
      try {
        await nextTurn();
        throw new Error('db lost');
      } finally {
        res.end();
      }
    },
    endIt,
  ],
  [
    'ends with what is no chunk',
    (_, res) => {
      res.write(HALF);
      res.end(3 as never);
    },
    endIt,
  ],
  [
    'breaks its response off, and ends it all the same',
    (_, res) => {
      res.write(HALF);
      res.destroy();
      res.end();
    },
    endIt,
  ],
  [
    'cuts its connection, and ends all the same',
    (_, res) => {
      res.write(HALF);
      res.socket?.destroy();
      res.end();
    },
    endIt,
  ],
  [
    'fails before it wrote, and a success is sent in its place',
    async () => {
      await nextTurn();
      throw new Error('db lost');
    },
    apologise,
  ],
];

/** What the second client gets. */
const second = async (listener: RequestListener): Promise<string> => {
  await using server = await listen(listener);
  await send(server.port, '/a').catch(() => undefined);
  return (await send(server.port, '/a')).text;
};

describe('node: nothing of a handler that failed is stored', () => {
  it.each(FAILURES)('%s', async (_, handler, onFailure) => {
    expect(await second(behindCache(failingOnce(handler), onFailure))).toBe(WHOLE);
  });

  it.each(FAILURES)('a naive cache stores what %s', async (_, handler, onFailure) => {
    expect(await second(behindNaive(failingOnce(handler), onFailure))).not.toBe(WHOLE);
  });

  it.each<[string, OnFailure]>([
    ['breaks the response off', (res) => res.destroy()],
    [
      'sets a status that is too late and ends',
      (res) => {
        res.statusCode = 500;
        res.end();
      },
    ],
  ])('also where a framework keeps the error and %s', async (_, onFailure) => {
    const handler = failingOnce(async (_req, res) => {
      res.write(HALF);
      await nextTurn();
      throw new Error('db lost');
    });
    await using server = await listen(insideFramework(handler, onFailure));
    await send(server.port, '/a').catch(() => undefined);
    expect((await send(server.port, '/a')).text).toBe(WHOLE);
  });

  it('those who wait do not get it either: the next one leads', async () => {
    let fail = (): void => undefined;
    const failed = new Promise<void>((resolve) => (fail = resolve));
    const handler = failingOnce(async (_req, res) => {
      res.write(HALF);
      await failed;
      throw new Error('db lost');
    });
    await using server = await listen(behindCache(handler, endIt));
    const asked = [send(server.port, '/a'), send(server.port, '/a'), send(server.port, '/a')];
    await Promise.race(asked.map((each) => Promise.race([each, nextTurn()])));
    fail();
    const texts = (await Promise.all(asked)).map(({ text }) => text);
    expect(texts.sort()).toEqual([HALF, WHOLE, WHOLE].sort());
  });

  it('a handler that fails after a whole response has been stored takes nothing back', async () => {
    let runs = 0;
    const listener = behindCache(async (_req, res) => {
      runs += 1;
      res.end(WHOLE);
      await nextTurn();
      throw new Error('log lost');
    }, endIt);
    expect([await second(listener), runs]).toEqual([WHOLE, 1]);
  });

  it('the answer to a write that failed late still invalidates', async () => {
    let version = 1;
    const listener = behindCache(
      (req, res) => {
        if (req.method === 'GET') return res.end(`v${version}`);
        version = 2;
        throw new Error('mail lost');
      },
      (res) => res.writeHead(303, { Location: '/a' }).end(),
    );
    await using server = await listen(listener);
    expect((await send(server.port, '/a')).text).toBe('v1');
    await send(server.port, '/a', { method: 'POST' });
    expect((await send(server.port, '/a')).text).toBe('v2');
  });
});

describe('fetch: nothing of a stream that fails is stored', () => {
  const bytes = new TextEncoder().encode(HALF);
  type Controller = ReadableStreamDefaultController<Uint8Array>;
  const fresh = { headers: { 'Cache-Control': 'max-age=60' } };

  it.each<[string, () => ReadableStream<Uint8Array>]>([
    [
      'at once',
      () =>
        new ReadableStream({
          start: (controller: Controller) => {
            controller.enqueue(bytes);
            controller.error(new Error('db lost'));
          },
        }),
    ],
    [
      'within the same turn',
      () => {
        let pulls = 0;
        return new ReadableStream({
          pull: (controller: Controller) => {
            if ((pulls += 1) === 1) controller.enqueue(bytes);
            else controller.error(new Error('db lost'));
          },
        });
      },
    ],
    [
      'some turns later',
      () => {
        let pulls = 0;
        return new ReadableStream({
          pull: async (controller: Controller) => {
            await nextTurn();
            if ((pulls += 1) > 1) throw new Error('db lost');
            controller.enqueue(bytes);
          },
        });
      },
    ],
  ])('%s', async (_, broken) => {
    await using cache = createCache();
    let runs = 0;
    const handle = httpCache({ cache })(() => new Response((runs += 1) === 1 ? broken() : WHOLE, fresh));
    const first = await handle(new Request('http://a/'));
    await expect(first.text()).rejects.toThrow('db lost');
    expect(await (await handle(new Request('http://a/'))).text()).toBe(WHOLE);
  });

  it.each<[string, (response: Response) => Promise<unknown>]>([
    ['has been read', (response) => response.text()],
    ['is being read', async (response) => response.body?.getReader().read()],
  ])(
    'a body that %s is refused, not stored as empty',
    async (_, use) => {
      await using cache = createCache();
      let runs = 0;
      const handle = httpCache({ cache })(async () => {
        const response = new Response(WHOLE, fresh);
        if ((runs += 1) === 1) await use(response);
        return response;
      });
      await expect(handle(new Request('http://a/'))).rejects.toThrow(TypeError);
      expect(await (await handle(new Request('http://a/'))).text()).toBe(WHOLE);
      // A flight that never landed would hold the second request up for 10 s.
    },
    3_000,
  );
});
