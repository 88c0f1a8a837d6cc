import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cache, createCache } from '@keepsake/core';
import { type HttpCacheOptions } from '@keepsake/http';
import { httpCache } from '@keepsake/http/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send } from './client.ts';
import { listen } from './listen.ts';
import { gate } from './gate.ts';

let cache: Cache;
let close: () => Promise<unknown> = async () => undefined;
beforeEach(() => {
  cache = createCache();
});
afterEach(async () => {
  await close();
  await cache.close();
});

type Middleware = (req: IncomingMessage, res: ServerResponse) => void;

const serve = async (
  before: Middleware,
  handler: (req: IncomingMessage, res: ServerResponse) => unknown,
  options: Omit<HttpCacheOptions<IncomingMessage>, 'cache'> = {},
): Promise<number> => {
  const http = httpCache({ cache, cacheControlMaxAge: 60, ...options });
  const server = await listen((req, res) => {
    before(req, res);
    http(req, res, () => handler(req, res)).catch(() => res.destroy());
  });
  close = async () => server[Symbol.asyncDispose]();
  return server.port;
};

/** As middleware that adds fields at the last moment does: when the head is written. */
const whenTheHeadIsWritten =
  (listener: (res: ServerResponse) => void): Middleware =>
  (_, res) => {
    const writeHead = res.writeHead.bind(res) as (...all: unknown[]) => ServerResponse;
    let isFirst = true;
    res.writeHead = (status: number, ...rest: unknown[]) => {
      const headers = rest.find((argument) => typeof argument === 'object');
      // What is in use knows objects and pairs; of a flat array it takes the first two letters of each text.
      if (Array.isArray(headers))
        for (const [name, value] of headers as string[][]) res.setHeader(name ?? '', value ?? '');
      else for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value as string);
      if (isFirst) listener(res);
      isFirst = false;
      return writeHead(status);
    };
  };

let visitors = 0;
const session = whenTheHeadIsWritten((res) => res.setHeader('Set-Cookie', `sid=${(visitors += 1)}`));

describe('middleware before the cache that writes heads itself', () => {
  it('gets them on a hit as it can read them', async () => {
    const late = whenTheHeadIsWritten((res) => res.setHeader('X-Late', '1'));
    const port = await serve(late, (_, res) => res.setHeader('X-A', ['1', '2']).end('body'));
    const answers = [await send(port, '/a'), await send(port, '/a')];
    expect(answers.map(({ status, text, isHit }) => [status, text, isHit])).toEqual([
      [200, 'body', false],
      [200, 'body', true],
    ]);
    expect(answers.map((answer) => [answer.all('x-late'), answer.all('x-a')])).toEqual([
      [['1'], ['1', '2']],
      [['1'], ['1', '2']],
    ]);
  });
});

describe('middleware that adds a line to a name of several lines', () => {
  it('adds it to the one response alone: a hit shares nothing that could be written to', async () => {
    let visitor = 0;
    const late = whenTheHeadIsWritten((res) => res.appendHeader('X-A', `of visitor ${(visitor += 1)}`));
    const port = await serve(late, (_, res) => res.setHeader('X-A', ['1', '2']).end('body'));
    await send(port, '/a');
    for (const visitors of [2, 3, 4]) {
      const { isHit, all } = await send(port, '/a');
      expect([isHit, all('x-a')]).toEqual([true, ['1', '2', `of visitor ${visitors}`]]);
    }
  });
});

describe('a session before the cache that sets its cookie while the head is written', () => {
  const ways: readonly (readonly [string, (res: ServerResponse, text: string) => unknown])[] = [
    ['end alone', (res, text) => res.end(text)],
    ['writeHead, then end', (res, text) => res.writeHead(200).end(text)],
    [
      'write, then end',
      (res, text) => {
        res.write(text);
        res.end();
      },
    ],
  ];
  it.each(ways)('%s: what was made for one visitor is given to no other', async (_, write) => {
    let made = 0;
    const port = await serve(session, (_req, res) => write(res, `token ${(made += 1)}`));
    const answers = [await send(port, '/a'), await send(port, '/a'), await send(port, '/a')];
    expect(answers.map(({ text }) => text)).toEqual(['token 1', 'token 2', 'token 3']);
    expect(await cache.namespace('http').size()).toBe(0);
    // Nor does the default of the options tell another cache that it may.
    for (const answer of answers) {
      expect(answer.all('cache-control')).toEqual([]);
      expect(answer.all('set-cookie')).toHaveLength(1);
    }
  });

  it('those who wait do not get it, and do not wait for each other', async () => {
    let made = 0;
    const together = gate();
    const port = await serve(session, async (_req, res) => {
      made += 1;
      const own = made;
      // The first one shows how it is; all the others are with the handler at once.
      if (own === 11) together.open();
      if (own > 1) await together.opened;
      res.end(`token ${own}`);
    });
    await send(port, '/a');
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(port, '/a')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(10);
  });

  it('keeps the lifetime that the handler gave, and is stored where the options say so', async () => {
    const given = await serve(session, (_, res) => res.setHeader('Cache-Control', 'max-age=5').end('x'));
    expect((await send(given, '/a')).header('cache-control')).toBe('max-age=5');
    expect((await send(given, '/a')).isHit).toBe(false);
    await close();
    const stripped = await serve(session, (_, res) => res.setHeader('Cache-Control', 'max-age=5').end('x'), {
      setCookie: 'strip',
    });
    await send(stripped, '/b');
    expect((await send(stripped, '/b')).isHit).toBe(true);
  });
});
