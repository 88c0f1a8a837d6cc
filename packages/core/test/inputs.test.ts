import { buildKey, type Cache, CacheError, createCache, type Duration, type Key } from '@keepsake/core';
import { describe, expect, it } from 'vitest';

const code = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return error instanceof CacheError ? error.code : `no CacheError: ${String(error)}`;
  }
  return 'no error';
};

describe('bad input', () => {
  it.each([0, -1, NaN, 'abc', 1e20, Infinity, '5 s', '-1s', '', null, {}, true, '0ms'])(
    'ttl %s: ERR_TTL',
    async (ttl) => {
      expect(await code(() => createCache().set('k', 1, { ttl: ttl as Duration }))).toBe('ERR_TTL');
      expect(await code(() => createCache({ ttl: ttl as Duration }))).toBe('ERR_TTL');
    },
  );

  it.each([
    [0.0015, 0.002],
    [1.1, 1.1],
    ['1.5ms', 0.002],
    [2 ** 31, 2 ** 31],
    [0.001, 0.001],
    ['7d', 604_800],
  ])('ttl %s is %s seconds', async (ttl, seconds) => {
    const clock = { now: () => 0, wallNow: () => 0, setTimer: () => ({ cancel: () => undefined }) };
    const cache = createCache({ clock });
    await cache.set('k', 1, { ttl: ttl as Duration });
    expect(await cache.ttl('k')).toBe(seconds);
  });

  it('the longest ttl and forever do not overflow', async () => {
    const cache = createCache();
    await cache.set('a', 1, { ttl: Number.MAX_SAFE_INTEGER, grace: '1d' });
    await cache.set('b', 1, { ttl: 'forever' });
    expect([await cache.get('a'), await cache.get('b'), await cache.ttl('b')]).toEqual([1, 1, Infinity]);
  });

  it.each([
    ['empty', ''],
    ['undefined', undefined],
    ['null', null],
    ['an object', {}],
    ['a number', 7],
    ['no segments', []],
    ['a bad segment', ['a', null]],
    ['a lone surrogate', 'a\ud800'],
    ['too long', 'k'.repeat(65_537)],
  ])('key %s: ERR_KEY', async (_, key) => {
    const cache = createCache();
    for (const call of [
      (): unknown => cache.get(key as Key),
      (): unknown => cache.set(key as Key, 1),
      (): unknown => cache.getOrSet(key as Key, () => 1),
      (): unknown => cache.delete(key as Key),
      (): unknown => cache.increment(key as Key),
      (): unknown => cache.getMany([key as Key]),
    ]) {
      expect(await code(call)).toBe('ERR_KEY');
    }
  });

  it('keys that look like something else are ordinary keys', async () => {
    const cache = createCache();
    const keys = ['__proto__', 'constructor', 'toString', 'a\r\nb', 'NUL\u0000', ' ', '😀', 'k:v EX 100'];
    for (const key of keys) await cache.set(key, key);
    expect([...(await cache.getMany(keys))]).toEqual(keys.map((key) => [key, key]));
  });

  it('distinct tuples are distinct keys', () => {
    expect(buildKey('a:b', 'c')).not.toBe(buildKey('a', 'b:c'));
    expect(buildKey('a%3Ab')).not.toBe(buildKey('a:b'));
    expect(buildKey('a', '')).not.toBe(buildKey('a'));
    expect(buildKey('{a}')).toBe('%7Ba%7D');
  });

  it('undefined is no value', async () => {
    expect(await code(() => createCache().set('k', undefined))).toBe('ERR_VALUE');
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => ({ inner }), 1);
  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a function inside', { a: [() => 1] }],
    ['circular', circular],
    ['nested 100,000 deep', deep],
    ['a promise', Promise.resolve(1)],
    ['a WeakMap', new WeakMap()],
  ])('value %s: ERR_SERIALIZE', async (_, value) => {
    expect(await code(() => createCache().set('k', value))).toBe('ERR_SERIALIZE');
  });

  it('a class instance becomes a plain copy', async () => {
    class Album {
      title = 'Summer';
    }
    const cache = createCache();
    await cache.set('k', new Album());
    const read = await cache.get<object>('k');
    expect(read).toEqual({ title: 'Summer' });
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it.each([
    ['a number', 7],
    ['empty', ''],
    ['too long', 't'.repeat(513)],
    ['a lone surrogate', '\udc00'],
  ])('tag %s: ERR_TAG', async (_, tag) => {
    const cache = createCache();
    expect(await code(() => cache.set('k', 1, { tags: [tag as string] }))).toBe('ERR_TAG');
    expect(await code(() => cache.invalidateTags([tag as string]))).toBe('ERR_TAG');
  });

  it('65 tags: ERR_TAG', async () => {
    const tags = Array.from({ length: 65 }, (_, i) => `t${i}`);
    expect(await code(() => createCache().set('k', 1, { tags }))).toBe('ERR_TAG');
  });

  it('a pattern over 256 bytes: ERR_PATTERN', async () => {
    expect(await code(() => createCache().clear('*'.repeat(257)))).toBe('ERR_PATTERN');
  });

  it.each([
    [{ ttlJitter: 2 }],
    [{ swr: '10s', grace: '5s' }],
    [{ maxConcurrentLoads: 0 }],
    [{ l1: false }],
    [{ l1: { maxEntries: 0 } }],
    [{ isolation: 'deep' }],
  ])('options %j: ERR_OPTION', async (options) => {
    expect(await code(() => createCache(options as object))).toBe('ERR_OPTION');
  });

  it('a counter that holds text, or overflows: ERR_COUNTER', async () => {
    const cache = createCache();
    await cache.set('text', 'abc');
    await cache.set('max', Number.MAX_SAFE_INTEGER);
    expect(await code(() => cache.increment('text'))).toBe('ERR_COUNTER');
    expect(await code(() => cache.increment('max'))).toBe('ERR_COUNTER');
    expect(await code(() => cache.increment('n', 0.5))).toBe('ERR_COUNTER');
  });
});

describe('tenants', () => {
  const fill = async (cache: Cache): Promise<void> => {
    await cache.setMany({ a: 1, 'a:b': 2, 'x*': 3 }, { tags: ['t'] });
  };

  it('cannot see, list, count or clear each other', async () => {
    const root = createCache();
    const names = ['a', 'a*', 'a:b', '*', 'a%3Ab', '[a]'];
    const tenants = names.map((name) => root.namespace(name));
    for (const tenant of tenants) await fill(tenant);
    const [first] = tenants;
    for (const tenant of tenants.slice(1)) {
      await tenant.clear();
      await tenant.invalidateTags(['t']);
      expect(await tenant.size()).toBe(0);
    }
    expect(await first?.size()).toBe(3);
    const listed: string[] = [];
    for await (const key of first?.keys() ?? []) listed.push(key);
    expect(listed.sort()).toEqual(['a', 'a:b', 'x*']);
  });

  it('have tags of their own, however tags and names are spelled', async () => {
    const root = createCache();
    const spelled: [Cache, string][] = [
      [root, 'a:b:7'],
      [root.namespace('a'), 'b:7'],
      [root.namespace('a').namespace('b'), '7'],
      [root.namespace('a:b'), '7'],
      [root, 'a%3Ab:7'],
    ];
    for (const [cache, tag] of spelled) await cache.set('k', 1, { tags: [tag] });
    for (const [i, [cache, tag]] of spelled.entries()) {
      expect((await cache.inspect('k')).tags).toEqual(i === 0 ? ['a%3Ab:7'] : [tag]);
      await cache.invalidateTags([tag]);
      const left = await Promise.all(spelled.map(([other]) => other.has('k')));
      // The first and the last are one entry: the root's k, last stored with the last tag.
      expect(left.slice(1, 4)).toEqual([1, 2, 3].map((j) => j > i));
    }
  });

  it('a clear by prefix reaches the literal prefix only', async () => {
    const cache = createCache();
    await cache.setMany({ 'a*1': 1, ab1: 2, 'a[b]': 3, 'a?': 4 });
    expect(await cache.clear({ prefix: 'a*' })).toEqual({ acknowledged: true, count: 1 });
    expect(await cache.clear({ prefix: 'a[' })).toEqual({ acknowledged: true, count: 1 });
    expect(await cache.size()).toBe(2);
  });

  it('have stats of their own, and the parent has all', async () => {
    const root = createCache();
    const tenant = root.namespace('t');
    await tenant.set('album:1', 1);
    await tenant.get('album:1');
    await root.get('nothing');
    expect(await tenant.stats()).toMatchObject({
      hits: 1,
      misses: 0,
      sets: 1,
      db_size: 1,
      hit_rate: '100.00%',
    });
    expect(await root.stats()).toMatchObject({ hits: 1, misses: 1, sets: 1, hit_rate: '50.00%' });
    expect((await tenant.stats()).families).toMatchObject({ album: { hits: 1, sets: 1 } });
  });
});
