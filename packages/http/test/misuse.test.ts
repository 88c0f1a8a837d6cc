import { type Cache, CacheError, createCache } from '@keepsake/core';
import { httpCache, type HttpCacheOptions, type PurgeTarget } from '@keepsake/http';
import { httpCache as nodeHttpCache } from '@keepsake/http/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let cache: Cache;
beforeEach(() => {
  cache = createCache();
});
afterEach(() => cache.close());

/** As JavaScript calls it, with whatever was written. */
const fetchEntry = httpCache as unknown as (...given: unknown[]) => unknown;
const nodeEntry = nodeHttpCache as unknown as (...given: unknown[]) => unknown;

const refusalOf = (work: () => unknown): CacheError => {
  try {
    work();
  } catch (error) {
    if (error instanceof CacheError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

const many = (length: number): string[] => Array.from({ length }, (_, i) => `n${i}`);

describe('an option that makes no sense', () => {
  it.each<[string, Record<string, unknown>, string | RegExp]>([
    ['tags as a string', { tags: 'albums' }, /^tags: expected an array .*\['albums'\], got "albums"$/],
    ['a tag that is no string', { tags: ['a', 5] }, /^tags\[\.\.\.\]: expected .* got 5$/],
    ['a hole among the tags', { tags: Array.from({ length: 1 }) }, /^tags\[/],
    ['an empty tag', { tags: [''] }, /^tags\[/],
    ['a tag over 512 characters', { tags: ['a'.repeat(513)] }, /^tags\[/],
    ['a tag of ill-formed text', { tags: ['\ud800'] }, /^tags\[/],
    ['64 tags', { tags: many(64) }, /^tags: .*at most 63/],
    ['tags of null', { tags: null }, /^tags: /],
    ['a query in words', { query: 'page' }, /^query: expected .*\{ only: \['page'\] \} or 'no-vary-search'/],
    ['a query as an array', { query: ['page'] }, /^query: .*got an array$/],
    ['query.only as a string', { query: { only: 'ab' } }, /^query\.only: expected an array .*\['page'\]/],
    ['a query parameter that is no string', { query: { only: [1] } }, /^query\.only\[/],
    ['an empty query parameter', { query: { only: [''] } }, /^query\.only\[/],
    ['a misspelt part of query', { query: { onyl: ['a'] } }, /^query: expected only only, got .*"onyl"$/],
    ['too many query parameters', { query: { only: many(1_001) } }, /at most 1000/],
    ['keyHeaders as a string', { keyHeaders: 'X-Tenant' }, /^keyHeaders: expected an array .*\['X-Tenant'\]/],
    ['a header name that is none', { keyHeaders: ['X Tenant'] }, /^keyHeaders\[.* got "X Tenant"$/],
    ['a header name that is no string', { keyHeaders: [Symbol('x')] }, /^keyHeaders\[.* got a symbol$/],
    ['17 key headers', { keyHeaders: many(17) }, /^keyHeaders: .*at most 16/],
    ['a max-age in words', { cacheControlMaxAge: '60' }, /^cacheControlMaxAge: expected a whole number/],
    ['a max-age without end', { cacheControlMaxAge: Infinity }, /^cacheControlMaxAge/],
    ['a limit as a bigint', { maxBodyBytes: 1n }, /^maxBodyBytes: .* got a bigint$/],
    ['a limit of null', { maxBodyBytes: null }, /^maxBodyBytes: .* got null$/],
    ['a limit beyond 1 GiB', { maxBodyBytes: 2 ** 30 + 1 }, /^maxBodyBytes/],
    ['too many variants', { maxVariants: 1_001 }, /^maxVariants/],
    ['an origin that is no string', { origin: new URL('https://a/') }, /^origin: .*'https:/],
    ['Cache-Status true', { cacheStatus: true }, /^cacheStatus: expected .* or false, got true$/],
    ['Cache-Status as a number', { cacheStatus: 5 }, /^cacheStatus/],
    ['a way with cookies in an array', { setCookie: ['skip'] }, /^setCookie: expected 'skip'/],
    ['a bypass that is no function', { bypass: true }, /^bypass: expected a function, got true$/],
    ['an onError that is no function', { onError: console }, /^onError: expected a function/],
    ['a clock that is none', { clock: Date }, /^clock: /],
    ['a misspelt option', { maxAge: 60 }, /^httpCache: expected only cache, .*, got the name "maxAge"$/],
    ['a name that every object has', { constructor: 1 }, /got the name "constructor"$/],
    ['a cache that is none', { cache: {} }, /^cache: expected .*createCache\(\)/],
    ['a cache that was not made', { cache: createCache }, /^cache: .* got a function$/],
  ])('%s is refused, with what to write', (_, options, message) => {
    for (const entry of [fetchEntry, nodeEntry]) {
      const error = refusalOf(() => entry({ cache, ...options }));
      expect(error.code).toBe('ERR_HTTP_OPTION');
      expect(error.message).toMatch(message);
    }
  });

  it.each([[], [{}], [null], ['cache'], [[]]])('is what stands in place of the options: %j', (...given) => {
    for (const entry of [fetchEntry, nodeEntry]) {
      const error = refusalOf(() => entry(...given));
      expect(error.code).toBe('ERR_HTTP_OPTION');
      expect(error.message).toContain('createCache()');
    }
  });

  it('does not come back with a password', () => {
    const origin = `https://user:secret@${'a'.repeat(50)}.example`;
    expect(refusalOf(() => httpCache({ cache, origin })).message).not.toContain('secret');
  });

  it('is none where an option is left out as undefined, at its bound, or given twice', () => {
    const absent = { tags: undefined, query: { only: undefined }, clock: undefined, cacheStatus: undefined };
    fetchEntry({ cache, ...absent });
    httpCache({ cache, tags: many(63), keyHeaders: [...many(16), 'n1'], query: { only: [] } });
    httpCache({ cache, tags: [], maxBodyBytes: 0, maxVariants: 1_000, cacheControlMaxAge: 0 });
  });

  it('as many tags as are allowed are stored and purged beside key headers', async () => {
    const tags = many(63);
    const http = httpCache({ cache, cacheControlMaxAge: 60, keyHeaders: ['X-Tenant'], tags });
    let runs = 0;
    const handle = http(() => new Response(String((runs += 1))));
    const get = async () => (await handle(new Request('http://a/'))).text();
    expect([await get(), await get()]).toEqual(['1', '1']);
    await http.purge({ tag: 'n62' });
    expect(await get()).toBe('2');
  });
});

describe('a purge that makes no sense', () => {
  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['null', [null]],
    ['an empty object', [{}]],
    ['a string', ['/a']],
    ['a URL that is no string', [{ url: new URL('http://a/') }]],
    ['an empty tag', [{ tag: '' }]],
    ['several tags', [{ tag: ['a'] }]],
    ['a URL and a tag', [{ url: 'http://a/', tag: 'a' }]],
    ['another name', [{ tags: ['a'] }]],
    ['another name beside a tag', [{ tag: 'a', mode: 'expire' }]],
  ])('%s is refused', async (_, given) => {
    for (const { purge } of [httpCache({ cache }), nodeHttpCache({ cache })]) {
      const call = purge as (...all: unknown[]) => Promise<unknown>;
      const error: unknown = await call(...given).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CacheError);
      expect(error).toMatchObject({ code: 'ERR_HTTP_OPTION', message: expect.stringMatching(/^purge/) });
    }
  });

  it('is none with the other of the two left out as undefined', async () => {
    const target = { tag: 'a', url: undefined } as unknown as PurgeTarget;
    expect(await httpCache({ cache }).purge(target)).toMatchObject({ acknowledged: true });
  });
});

describe('a tags function', () => {
  it.each<[string, unknown]>([
    ['a string', 'albums'],
    ['nothing', undefined],
    ['an empty tag', ['']],
    ['a number among the tags', ['a', 5]],
    ['64 tags', many(64)],
    ['an object', { 0: 'a', length: 1 }],
    ['a promise', Promise.resolve(['a'])],
  ])('that gives %s: the response is served and not stored, and onError is told', async (_, given) => {
    const errors: unknown[] = [];
    let runs = 0;
    const handle = httpCache({
      cache,
      cacheControlMaxAge: 60,
      onError: (error) => errors.push(error),
      tags: (() => given) as unknown as NonNullable<HttpCacheOptions<Request>['tags']>,
    })(() => new Response(String((runs += 1))));
    const get = () => handle(new Request('http://a/'));
    const first = await get();
    expect([first.status, await first.text(), await (await get()).text()]).toEqual([200, '1', '2']);
    expect(first.headers.get('cache-status')).not.toContain('stored');
    expect(await cache.namespace('http').size()).toBe(0);
    const refused = expect.objectContaining({
      code: 'ERR_HTTP_OPTION',
      message: expect.stringMatching(/^tags: what the function returned/),
    });
    expect(errors).toEqual([refused, refused]);
  });

  it('that is async and rejects ends no process: onError is told of that too', async () => {
    const errors: unknown[] = [];
    const failure = new Error('no tags');
    const tags = (async () => Promise.reject(failure)) as unknown as () => string[];
    const http = httpCache({ cache, cacheControlMaxAge: 60, tags, onError: (error) => errors.push(error) });
    const response = await http(() => new Response('x'))(new Request('http://a/'));
    expect(await response.text()).toBe('x');
    expect(errors).toContain(failure);
  });
});
