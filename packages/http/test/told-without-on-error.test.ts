import { type Cache, createCache } from '@keepsake/core';
import { httpCache, type HttpCacheOptions } from '@keepsake/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { warningsOf } from './warnings.ts';

let cache: Cache;
beforeEach(() => {
  cache = createCache();
});
afterEach(() => cache.close());

const get = (tags: NonNullable<HttpCacheOptions<Request>['tags']>) => {
  const handle = httpCache({ cache, cacheControlMaxAge: 60, tags })(() => new Response('x'));
  return async (path: string) => (await handle(new Request(`http://a${path}`))).text();
};

describe('without onError, what goes wrong beside a response', () => {
  it('is a warning that says what, once', async () => {
    const ask = get((() => 'albums') as unknown as () => string[]);
    const told = await warningsOf('KEEPSAKE_HTTP', async () => [await ask('/1'), await ask('/2')]);
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toMatch(/tags: what the function returned: expected an array .* got "albums"/);
    expect(told[0]?.message).toContain('onError');
  });

  it('is told by name and code alone where the error is not of this package', async () => {
    const ask = get(() => {
      throw Object.assign(new TypeError('password 1234'), { code: 'ERR_INVALID_URL' });
    });
    const told = await warningsOf('KEEPSAKE_HTTP', () => ask('/1'));
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toContain('TypeError ERR_INVALID_URL');
    expect(told[0]?.message).not.toContain('1234');
  });

  it('is told of ten kinds at most', async () => {
    let runs = 0;
    const ask = get(() => {
      throw Object.assign(new Error(''), { code: `E${(runs += 1)}` });
    });
    const told = await warningsOf('KEEPSAKE_HTTP', async () => {
      for (let i = 0; i < 30; i += 1) await ask(`/${i}`);
    });
    expect(runs).toBeGreaterThanOrEqual(30);
    expect(told).toHaveLength(10);
  });
});

describe('an onError that fails itself', () => {
  it('is a warning once, however often asynchronous tags reject', async () => {
    const rejecting = (() => Promise.reject(new RangeError('of tags'))) as never;
    const onError = (): void => {
      throw new Error('the telling fails');
    };
    const handle = httpCache({ cache, onError, cacheControlMaxAge: 60, tags: rejecting })(
      () => new Response('x'),
    );
    const told = await warningsOf('KEEPSAKE_HTTP', async () => {
      for (let i = 0; i < 20; i += 1) await handle(new Request(`http://a/${i}`));
      await new Promise((done) => setTimeout(done, 20));
    });
    expect(told.filter(({ message }) => message.includes('RangeError'))).toHaveLength(1);
  });

  const FAILURES: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('the telling fails');
    },
    rejects: () => Promise.reject(new Error('the telling fails')),
  };

  it.each(Object.entries(FAILURES))(
    '%s: each is answered, and what was to be told is a warning',
    async (_, onError) => {
      // The last is found out when the response is being stored, with nobody there to catch it.
      const causes: Readonly<Record<string, Partial<HttpCacheOptions<Request>>>> = {
        tags: {
          tags: () => {
            throw new RangeError('of tags');
          },
        },
        'tags that reject': { tags: (() => Promise.reject(new RangeError('of tags'))) as never },
        store: { cache: refusing(cache) },
      };
      for (const [cause, options] of Object.entries(causes)) {
        const told = await warningsOf('KEEPSAKE_HTTP', async () => {
          const handle = httpCache({ cache, onError: onError, ...options })(
            () => new Response(cause, { headers: { 'Cache-Control': 'max-age=60' } }),
          );
          expect(await (await handle(new Request('http://a/'))).text()).toBe(cause);
          await new Promise((done) => setTimeout(done, 20));
        });
        expect(told.map(({ message }) => message).join(), cause).toMatch(
          /RangeError|ERR_HTTP_OPTION|expected/,
        );
      }
    },
  );
});

/** A cache whose stores reject, as one of its own making might. */
const refusing = (whole: Cache): Cache =>
  new Proxy(whole, {
    get: (target, name) => {
      if (name === 'namespace') return () => refusing(target);
      if (name === 'set') return () => Promise.reject(new RangeError('of the store'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
