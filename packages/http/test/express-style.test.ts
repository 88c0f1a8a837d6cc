import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cache, createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send } from './client.ts';
import { listen } from './listen.ts';

/** Ways of writing a response that a fetch handler does not have. */
describe('node: what handlers and middleware do with a response', () => {
  let cache: Cache;
  let close: () => Promise<unknown> = async () => undefined;
  beforeEach(() => {
    cache = createCache();
  });
  afterEach(async () => {
    await close();
    await cache.close();
  });

  const serve = async (
    handler: (req: IncomingMessage, res: ServerResponse) => unknown,
    before: (req: IncomingMessage, res: ServerResponse) => void = () => undefined,
  ): Promise<number> => {
    const http = httpCache({ cache, cacheControlMaxAge: 60 });
    const server = await listen((req, res) => {
      before(req, res);
      http(req, res, () => handler(req, res)).catch(() => res.destroy());
    });
    close = async () => server[Symbol.asyncDispose]();
    return server.port;
  };

  it.each<[string, (res: ServerResponse) => unknown]>([
    ['writeHead with an object', (res) => res.writeHead(200, { 'X-A': ['1', '2'] }).end('body')],
    ['writeHead with a flat array', (res) => res.writeHead(200, ['X-A', '1', 'X-A', '2']).end('body')],
    ['writeHead with a reason', (res) => res.writeHead(200, 'Fine', { 'X-A': ['1', '2'] }).end('body')],
    [
      'setHeader, then writeHead over it',
      (res) => {
        res.setHeader('x-a', '0');
        res.writeHead(200, { 'X-A': ['1', '2'] }).end('body');
      },
    ],
    [
      'write in an encoding, then end',
      (res) => {
        res.setHeader('X-A', ['1', '2']);
        res.write('626f', 'hex');
        res.end('ZHk=', 'base64');
      },
    ],
    [
      'flushHeaders first',
      (res) => {
        res.setHeader('X-A', ['1', '2']);
        res.flushHeaders();
        res.end('body');
      },
    ],
    [
      'end with a callback only after write',
      (res) => {
        res.setHeader('X-A', ['1', '2']);
        res.write('body', () => undefined);
        res.end(() => undefined);
      },
    ],
  ])('%s: the same on the wire from the handler and from the store', async (_, answer) => {
    const port = await serve((_req, res) => void answer(res));
    const [first, second] = [await send(port, '/a'), await send(port, '/a')];
    expect([first.text, first.all('x-a')]).toEqual(['body', ['1', '2']]);
    expect([second.text, second.all('x-a'), second.isHit]).toEqual(['body', ['1', '2'], true]);
  });

  it('headersSent and the callback of end are as without a cache', async () => {
    const seen: unknown[] = [];
    const port = await serve(async (_req, res) => {
      seen.push(res.headersSent);
      const ended = new Promise<void>((resolve) => res.end('body', resolve));
      seen.push(res.headersSent, res.writableEnded);
      await ended;
      seen.push('called back');
    });
    await send(port, '/a');
    expect(seen).toEqual([false, true, true, 'called back']);
  });

  it('a header with a line break is refused to the handler, who can still answer', async () => {
    const port = await serve((_req, res) => {
      try {
        res.writeHead(200, { 'X-A': 'a\r\nSet-Cookie: b' });
      } catch {
        res.statusCode = 500;
        res.end('refused');
      }
    });
    const answer = await send(port, '/a');
    expect([answer.status, answer.text, answer.header('set-cookie')]).toEqual([500, 'refused', undefined]);
    expect((await send(port, '/a')).isHit).toBe(false);
  });

  it('what is no chunk has sent nothing: the handler can still answer', async () => {
    const port = await serve((_, res) => {
      expect(() => res.end(5 as never)).toThrow(TypeError);
      res.end('body');
    });
    const answers = [await send(port, '/a'), await send(port, '/a')];
    expect(answers.map(({ text, isHit }) => [text, isHit])).toEqual([
      ['body', false],
      ['body', false],
    ]);
  });

  it('a head that is written first is known with the whole body: entity tag and 304 from the first response on', async () => {
    const port = await serve((_req, res) => {
      res.writeHead(200, { 'X-A': '1' });
      res.end('body');
    });
    const first = await send(port, '/a');
    const headers = { 'If-None-Match': first.header('etag') ?? '' };
    expect([first.header('content-length'), first.text]).toEqual(['4', 'body']);
    expect((await send(port, '/b', { headers })).status).toBe(304);
    expect((await send(port, '/b')).isHit).toBe(true);
  });

  it('a head that is written looks written before the body comes', async () => {
    const seen: unknown[] = [];
    const port = await serve((_req, res) => {
      res.writeHead(200, 'Fine', { 'X-A': '1' });
      seen.push(res.headersSent, res.statusCode, res.getHeader('x-a'));
      expect(() => res.setHeader('X-B', '2')).toThrow('after they are sent');
      expect(() => res.writeHead(500)).toThrow('after they are sent');
      expect(() => res.removeHeader('X-A')).toThrow('after they are sent');
      res.end('body');
    });
    const first = await send(port, '/a');
    expect(seen).toEqual([true, 200, '1']);
    expect([first.status, first.header('x-a'), first.header('x-b'), first.text]).toEqual([
      200,
      '1',
      undefined,
      'body',
    ]);
    expect((await send(port, '/a')).isHit).toBe(true);
  });

  it('a head that is written goes out with flushHeaders, with the first part, and after a failure', async () => {
    let part: () => void = () => undefined;
    const port = await serve(async (req, res) => {
      res.writeHead(200, { 'X-A': '1' });
      if (req.url === '/fails') {
        setImmediate(() => res.end('sorry'));
        throw new Error('db lost');
      }
      res.flushHeaders();
      await new Promise<void>((resolve) => (part = resolve));
      res.end('body');
    });
    const response = await fetch(`http://127.0.0.1:${port}/a`);
    expect(response.headers.get('x-a')).toBe('1');
    part();
    expect(await response.text()).toBe('body');
    expect((await send(port, '/a')).isHit).toBe(true);
  });

  it('middleware inside that asks Node for its head before each part, as old compression does', async () => {
    const port = await serve((_req, res) => {
      const inner = res as ServerResponse & { _implicitHeader(): void };
      res.writeHead(200, { 'X-A': '1' });
      inner._implicitHeader();
      inner._implicitHeader();
      res.end('body');
    });
    const [first, second] = [await send(port, '/a'), await send(port, '/a')];
    expect([first.text, second.text, second.isHit, second.header('x-a')]).toEqual([
      'body',
      'body',
      true,
      '1',
    ]);
  });

  it('headers of middleware before it stay on a hit, unless the stored response has them', async () => {
    let id = 0;
    const port = await serve(
      (_req, res) => {
        res.removeHeader('X-Request-Id');
        res.end('body');
      },
      (_req, res) => void res.setHeader('X-Request-Id', String((id += 1))),
    );
    await send(port, '/a');
    const hit = await send(port, '/a');
    expect([hit.isHit, hit.header('x-request-id')]).toEqual([true, '2']);
  });

  it('behind a mount point the whole URL is the key', async () => {
    const port = await serve(
      (req, res) => res.end((req as { originalUrl?: string }).originalUrl),
      (req) => {
        (req as { originalUrl?: string }).originalUrl = req.url ?? '';
        req.url = '/';
      },
    );
    await send(port, '/one/x');
    expect((await send(port, '/two/x')).text).toBe('/two/x');
    expect((await send(port, '/one/x')).isHit).toBe(true);
  });

  it('interim responses pass and are neither stored nor merged', async () => {
    const port = await serve((_req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' });
      res.end('body');
    });
    await send(port, '/a');
    const hit = await send(port, '/a');
    expect([hit.isHit, hit.header('link')]).toEqual([true, undefined]);
  });
});
