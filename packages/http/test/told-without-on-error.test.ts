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
