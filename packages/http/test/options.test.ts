import { createCache, isCacheError } from '@keepsake/core';
import { httpCache, type HttpCacheOptions } from '@keepsake/http';
import { httpCache as nodeHttpCache } from '@keepsake/http/node';
import { describe, expect, it } from 'vitest';

const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return isCacheError(error) ? error.code : error;
  }
};

describe('options', () => {
  it.each<[string, Partial<HttpCacheOptions<unknown>>, string]>([
    ['a negative max-age', { cacheControlMaxAge: -1 }, 'ERR_HTTP_OPTION'],
    ['a fraction of a second', { cacheControlMaxAge: 1.5 }, 'ERR_HTTP_OPTION'],
    ['NaN', { cacheControlMaxAge: NaN }, 'ERR_HTTP_OPTION'],
    ['an origin with a path', { origin: 'https://a/x' }, 'ERR_HTTP_OPTION'],
    ['an origin without a scheme', { origin: 'a' }, 'ERR_HTTP_OPTION'],
    ['a header name that is none', { keyHeaders: ['a b'] }, 'ERR_HTTP_OPTION'],
    ['an unknown way with cookies', { setCookie: 'keep' as 'skip' }, 'ERR_HTTP_OPTION'],
    ['a negative limit', { maxBodyBytes: -1 }, 'ERR_HTTP_OPTION'],
    ['no variants', { maxVariants: 0 }, 'ERR_HTTP_OPTION'],
    ['a name with a line break', { cacheStatus: 'a\r\nb' }, 'ERR_HTTP_OPTION'],
    ['an empty name', { cacheStatus: '' }, 'ERR_HTTP_OPTION'],
    ['a TTL of 0', { serverTtl: 0 }, 'ERR_TTL'],
  ])('refuse %s', async (_, options, code) => {
    await using cache = createCache();
    expect(codeOf(() => httpCache({ cache, ...options }))).toBe(code);
    expect(codeOf(() => nodeHttpCache({ cache, ...options }))).toBe(code);
  });

  it('write any name into Cache-Status, as a token or in quotes', async () => {
    await using cache = createCache();
    const get = async (cacheStatus: string) => {
      const handle = httpCache({ cache, cacheStatus })(() => new Response('x'));
      return (await handle(new Request('http://a/'))).headers.get('cache-status');
    };
    expect(await get('edge.example')).toBe('edge.example;fwd=uri-miss;fwd-status=200');
    expect(await get('my cache')).toBe('"my cache";fwd=uri-miss;fwd-status=200');
  });

  it('bypass keeps a request from the cache altogether', async () => {
    await using cache = createCache();
    let runs = 0;
    const handle = httpCache({
      cache,
      cacheControlMaxAge: 60,
      bypass: (request) => new URL(request.url).pathname === '/admin',
    })(() => new Response(String((runs += 1))));
    const get = async (path: string) => handle(new Request(`http://a${path}`));
    await get('/admin');
    const second = await get('/admin');
    expect([await second.text(), second.headers.get('cache-status')]).toEqual([
      '2',
      'Keepsake;fwd=bypass;fwd-status=200',
    ]);
    expect(second.headers.has('cache-control')).toBe(false);
  });

  it('tags may look at request and response; where they throw, the response is served and not stored', async () => {
    await using cache = createCache();
    const errors: unknown[] = [];
    const failure = new Error('no tags');
    let runs = 0;
    const http = httpCache({
      cache,
      cacheControlMaxAge: 60,
      onError: (error) => errors.push(error),
      tags: (request, response) => {
        if (request.url.endsWith('/bad')) throw failure;
        return [`album:${response.header('X-Album')}`];
      },
    });
    const handle = http(() => new Response(String((runs += 1)), { headers: { 'X-Album': '7' } }));
    const get = async (path: string) => (await handle(new Request(`http://a${path}`))).text();
    expect([await get('/good'), await get('/good')]).toEqual(['1', '1']);
    await http.purge({ tag: 'album:7' });
    expect(await get('/good')).toBe('2');
    expect([await get('/bad'), await get('/bad')]).toEqual(['3', '4']);
    expect(errors).toEqual([failure, failure]);
  });

  it('with an origin a purge takes a path, and the host of a request is no part of the key', async () => {
    await using cache = createCache();
    let runs = 0;
    const http = httpCache({ cache, cacheControlMaxAge: 60, origin: 'https://photos.example' });
    const handle = http(() => new Response(String((runs += 1))));
    const get = async (host: string) => (await handle(new Request(`http://${host}/a?b`))).text();
    expect([await get('one'), await get('two')]).toEqual(['1', '1']);
    expect(await http.purge({ url: '/a?b' })).toEqual({ acknowledged: true, count: 1 });
    expect(await get('one')).toBe('2');
  });

  it('a purge of what is no URL is misuse', async () => {
    await using cache = createCache();
    const http = httpCache({ cache });
    await expect(http.purge({ url: '/a' })).rejects.toMatchObject({ code: 'ERR_HTTP_OPTION' });
    await expect(http.purge({ url: 'nonsense' })).rejects.toMatchObject({ code: 'ERR_HTTP_OPTION' });
  });

  it('hand on whatever a runtime gives a handler beside the request, and its error', async () => {
    await using cache = createCache();
    const http = httpCache({ cache });
    const handle = http(
      (_: Request, env: { name: string }, extra: number) => new Response(env.name + String(extra)),
    );
    expect(await (await handle(new Request('http://a/'), { name: 'x' }, 1)).text()).toBe('x1');
    const failure = new Error('handler');
    const failing = http(() => {
      throw failure;
    });
    await expect(failing(new Request('http://a/b'))).rejects.toBe(failure);
  });
});
