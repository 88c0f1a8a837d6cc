import { advise, cached, cacheResult, createCache, invalidates } from '@keepsake/core';
import { describe, expect, it } from 'vitest';

describe('cacheResult', () => {
  it('caches by arguments, and knows its key, its value and how to drop it', async () => {
    const cache = createCache();
    let runs = 0;
    const getAlbum = cacheResult({ cache, name: 'getAlbum', ttl: '1h' })(async (id: string) => {
      runs += 1;
      return { id, runs };
    });
    expect(await getAlbum.peek('7')).toBeUndefined();
    expect(await getAlbum('7')).toEqual({ id: '7', runs: 1 });
    expect(await getAlbum('7')).toEqual({ id: '7', runs: 1 });
    expect(await getAlbum('8')).toEqual({ id: '8', runs: 2 });
    expect(await getAlbum.peek('7')).toEqual({ id: '7', runs: 1 });
    expect(await cache.has(getAlbum.key('7'))).toBe(true);
    await getAlbum.invalidate('7');
    expect(await getAlbum('7')).toMatchObject({ runs: 3 });
    expect(await getAlbum.refresh('7')).toMatchObject({ runs: 4 });
    expect(await getAlbum('7')).toMatchObject({ runs: 4 });
  });

  it('tells arguments apart by type and content, not by the order of fields', () => {
    const fn = cacheResult({ cache: createCache(), name: 'f' })(async (...args: unknown[]) => args.length);
    const same: [unknown[], unknown[]][] = [
      [[{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
      [[new Set([1, 2])], [new Set([2, 1])]],
      [[NaN], [NaN]],
      [[1], [1, undefined]],
      [[{ a: 1 }], [{ a: 1, b: undefined }]],
    ];
    for (const [a, b] of same) expect(fn.key(...a)).toBe(fn.key(...b));
    const apart = [
      [1],
      ['1'],
      [1n],
      [-0],
      [0],
      [null],
      [],
      ['1,2'],
      [1, 2],
      [[1, 2]],
      [new Date(1)],
      [new Map([[1, 2]])],
      ['a', 'b'],
      ['a","b'],
    ];
    expect(new Set(apart.map((args) => fn.key(...args))).size).toBe(apart.length);
    expect(() => fn.key(() => 1)).toThrow(expect.objectContaining({ code: 'ERR_KEY' }));
    expect(() => fn.key(new (class Session {})())).toThrow(expect.objectContaining({ code: 'ERR_KEY' }));
  });

  it('refuses a name that is taken', () => {
    const cache = createCache();
    cacheResult({ cache, name: 'f' })(async () => 1);
    expect(() => cacheResult({ cache, name: 'f' })(async () => 2)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });

  it('goes past the cache when told, and does not store what it should not', async () => {
    let runs = 0;
    const fn = cacheResult({
      cache: createCache(),
      name: 'f',
      when: (id: string) => id !== 'live',
      unless: (result: number | null) => result === null,
      key: (id: string) => ['custom', id],
      tags: (id: string) => [`tag:${id}`],
    })(async (id: string) => {
      runs += 1;
      return id === 'none' ? null : runs;
    });
    expect(fn.key('a:b')).toBe('custom:a%3Ab');
    await fn('live');
    await fn('live');
    await fn('none');
    await fn('none');
    expect(runs).toBe(4);
  });
});

describe('invalidates', () => {
  it('removes keys and tags after success, and nothing after a failure', async () => {
    const cache = createCache();
    await cache.setMany({ 'album:7': 1, list: 2 }, { tags: ['albums'] });
    const rename = invalidates({
      cache,
      keys: (_title: string, id: string) => [`album:${id}`],
      tags: () => ['albums'],
    })(async (_id: string, title: string) => {
      if (title === '') throw new Error('no title');
      return title;
    });
    await expect(rename('7', '')).rejects.toThrow('no title');
    expect(await cache.size()).toBe(2);
    expect(await rename('7', 'Summer')).toBe('Summer');
    expect(await cache.size()).toBe(0);
  });
});

describe('decorators', () => {
  it('wrap methods and keep `this`', async () => {
    const cache = createCache();
    class Albums {
      runs = 0;
      async get(id: string): Promise<string> {
        this.runs += 1;
        return `${id} ${this.runs}`;
      }
    }
    // Applied by hand: what a compiler makes of `@cached(...)`.
    const context = { kind: 'method', name: 'get' } as unknown as ClassMethodDecoratorContext;
    const method = cached({ cache, name: 'albums.get' })(Albums.prototype.get, context);
    const albums = new Albums();
    expect(await method.call(albums, '7')).toBe('7 1');
    expect(await method.call(albums, '7')).toBe('7 1');
    expect(albums.runs).toBe(1);
  });
});

describe('advise', () => {
  it('says nothing without reason, and names the number where there is one', async () => {
    const cache = createCache();
    const stats = await cache.stats();
    expect(advise(stats)).toEqual([]);
    const bad = { ...stats, hits: 10, misses: 190, total_requests: 200, hit_rate: '5.00%', errors: 3 };
    expect(advise(bad)).toMatchObject([
      { code: 'low-hit-rate', severity: 'info', message: expect.stringContaining('5.00%') },
      { code: 'errors', severity: 'warn', message: expect.stringContaining('3 errors') },
    ]);
  });
});

describe('what must be a function and is none', () => {
  const cache = createCache();
  const refusal = { code: 'ERR_OPTION' };

  it.each([
    ['tags', { cache, tags: ['albums'] }],
    ['keys', { cache, keys: ['album:7'] }],
    ['cache', { tags: () => ['albums'] }],
    ['invalidates', undefined],
  ])('is refused by invalidates before anything runs: %s', (name, options) => {
    expect(() => invalidates(options as never)).toThrow(expect.objectContaining(refusal));
    expect(() => invalidates(options as never)).toThrow(name);
  });

  it('is refused where it stands for the function itself', () => {
    expect(() => invalidates({ cache })('no function' as never)).toThrow(expect.objectContaining(refusal));
  });

  it.each(['key', 'when', 'unless', 'tags'])('is refused by cacheResult and cached: %s', (name) => {
    const options = { cache, name: `of ${name}`, [name]: 'a text' };
    const load = async (): Promise<number> => 1;
    expect(() => cacheResult(options)(load)).toThrow(`${name}: expected a function`);
    expect(() => cached(options as never)(load, {} as never)).toThrow(expect.objectContaining(refusal));
    // It took no name.
    expect(cacheResult({ cache, name: `of ${name}` })(load).key()).toContain(name);
  });

  it('a list of tags is as good as a function that gives one', async () => {
    const getAlbum = cacheResult({ cache, name: 'tagged', tags: ['albums'] })(async () => 1);
    await getAlbum();
    await cache.invalidateTags(['albums']);
    expect(await getAlbum.peek()).toBeUndefined();
  });
});
