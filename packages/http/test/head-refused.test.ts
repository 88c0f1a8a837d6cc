import type { ServerResponse } from 'node:http';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/node';
import { describe, expect, it } from 'vitest';
import { send, sendRaw } from './client.ts';
import { listen } from './listen.ts';

/** A handler, and an error handler as applications have it: the status, a text, and nothing taken off. */
const serve = async (handler: (res: ServerResponse) => unknown) => {
  const cache = createCache();
  const http = httpCache({ cache, cacheControlMaxAge: 60 });
  const answer = (res: ServerResponse, error: unknown): void => {
    res.statusCode = 500;
    res.end((error as { code?: string }).code);
  };
  const server = await listen((req, res) => {
    http(req, res, () => handler(res)).catch((error: unknown) => answer(res, error));
  });
  return {
    port: server.port,
    size: () => cache.namespace('http').size(),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await cache.close();
    },
  };
};

const FRESH = { 'Cache-Control': 'max-age=60' };

describe('node: a head that cannot be sent', () => {
  it.each<[string, (res: ServerResponse) => unknown, string]>([
    [
      'a line feed in a value',
      (res) => res.writeHead(200, { ...FRESH, 'X-A': 'a\r\nSet-Cookie: b=1' }).end(),
      'ERR_INVALID_CHAR',
    ],
    [
      'a name that is none',
      (res) => res.writeHead(200, { ...FRESH, 'X A': '1' }).end(),
      'ERR_INVALID_HTTP_TOKEN',
    ],
    [
      'a name without value',
      (res) => res.writeHead(200, { ...FRESH, 'X-A': undefined }).end(),
      'ERR_HTTP_INVALID_HEADER_VALUE',
    ],
    [
      'an odd flat array',
      (res) => res.writeHead(200, ['Cache-Control', 'max-age=60', 'X-A']).end(),
      'ERR_HTTP_INVALID_HEADER_VALUE',
    ],
    ['a reason with a line feed', (res) => res.writeHead(200, 'a\r\nb', FRESH).end(), 'ERR_INVALID_CHAR'],
  ])('%s: an error in the handler, and nothing of it on the response to that', async (_, handler, code) => {
    await using server = await serve(handler);
    const failed = await send(server.port, '/a');
    expect([failed.status, failed.text]).toEqual([500, code]);
    // The error would be stored with the lifetime of the page, here or further out.
    expect(failed.all('cache-control')).toEqual([]);
    expect(await server.size()).toBe(0);
  });

  it('is told where the body begins, if only then it is seen: the error still gets out', async () => {
    await using server = await serve((res) => {
      res.writeHead(200, { ...FRESH, Trailer: 'X-T' });
      res.end('body');
    });
    const answer = await sendRaw(server.port, 'GET /a HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 500 .*ERR_HTTP_TRAILER_INVALID$/s);
    expect(answer).not.toMatch(/cache-control|trailer:/i);
    expect(await server.size()).toBe(0);
  });

  it('is none as pairs of name and value, which Node takes as well', async () => {
    const pairs = [['Cache-Control', 'max-age=60'], ['X-A', '1'], ['X-A', '2']]; // prettier-ignore
    await using server = await serve((res) => res.writeHead(200, pairs as never).end('body'));
    await send(server.port, '/a');
    const hit = await send(server.port, '/a');
    expect([hit.text, hit.isHit, hit.all('x-a')]).toEqual(['body', true, ['1', '2']]);
  });

  it('a body that is coded for the way is not stored: its coding would be gone', async () => {
    await using server = await serve((res) => {
      res.writeHead(200, { ...FRESH, 'Transfer-Encoding': 'gzip, chunked' });
      res.end('coded');
    });
    await send(server.port, '/a').catch(() => undefined);
    expect(await server.size()).toBe(0);
  });
});
