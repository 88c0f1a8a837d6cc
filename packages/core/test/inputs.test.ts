import {
  buildKey,
  type Cache,
  CacheError,
  createCache,
  type Duration,
  type Key,
  MemoryBackend,
} from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

/** A cache on a far tier alone, which counts what it is asked. */
const onFarTier = (): { far: FaultyBackend; cache: Cache } => {
  const far = new FaultyBackend(new MemoryBackend());
  return { far, cache: createCache({ l1: false, l2: far }) };
};

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

describe('bad lengths of time, wherever one is given', () => {
  const lengths = [0, -1, Number.NaN, 'abc', 1e20, Infinity] as Duration[];

  it.each(lengths)('%s: ERR_TTL, and nothing is asked or stored', async (length) => {
    const { far, cache } = onFarTier();
    const calls: (() => unknown)[] = [
      () => cache.setIfAbsent('k', 1, { ttl: length }),
      () => cache.setMany({ k: 1 }, { ttl: length }),
      () => cache.touch('k', length),
      () => cache.increment('k', 1, { ttl: length }),
      () => cache.getOrSet('k', () => 1, { ttl: length }),
      () => cache.getOrSet('k', () => 1, { negativeTtl: length }),
      () => cache.getOrSet('k', () => 1, { hardTimeout: length }),
      () => cache.getOrSet('k', () => 1, { softTimeout: length }),
      () => cache.getOrSet('k', () => 1, { deadline: length }),
      () => cache.getOrSetMany(['k'], async () => [], { ttl: length }),
      () => cache.namespace('n', { ttl: length }),
      () => createCache({ l2Timeout: length }),
      () => createCache({ staleness: length }),
    ];
    expect(await Promise.all(calls.map(code))).toEqual(calls.map(() => 'ERR_TTL'));
    expect(far.calls).toEqual([]);
  });

  it.each(lengths)('%s from a loader: the load fails with ERR_TTL', async (length) => {
    const cache = createCache();
    const loaded = cache.getOrSet('k', ({ setTtl }) => {
      setTtl(length);
      return 1;
    });
    expect(await code(() => loaded)).toBe('ERR_TTL');
    expect(await cache.size()).toBe(0);
  });

  it('zero is a window that is absent, and a negative one is refused', async () => {
    const cache = createCache();
    expect(await cache.set('k', 1, { swr: 0, grace: 0 })).toBe(true);
    expect(await code(() => cache.set('k', 1, { grace: -1 }))).toBe('ERR_TTL');
    expect(await code(() => cache.set('k', 1, { swr: Number.NaN }))).toBe('ERR_TTL');
  });

  it('2^31 s and 2^53-1 s overflow no timer, and sums of them saturate', async () => {
    const cache = createCache();
    const longest = Number.MAX_SAFE_INTEGER;
    const slow = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 30, 'loaded'));
    for (const [i, length] of [2 ** 31, longest].entries()) {
      const options = { ttl: length, swr: length, grace: length, hardTimeout: length, deadline: length };
      expect(await cache.getOrSet(`k${i}`, slow, options)).toBe('loaded');
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(await cache.get(`k${i}`)).toBe('loaded');
    }
    await cache.set('forever', 1, { ttl: 'forever', grace: longest });
    expect(await cache.ttl('forever')).toBe(Infinity);
  });
});

describe('bad keys', () => {
  it.each([['', undefined, null, {}, 7, [], [{}], ['a', Number.NaN], 'a\udfff']])(
    'are refused before any store is asked',
    async (...keys) => {
      const { far, cache } = onFarTier();
      for (const key of keys as Key[]) {
        const calls: (() => unknown)[] = [
          () => cache.inspect(key),
          () => cache.has(key),
          () => cache.ttl(key),
          () => cache.touch(key, 1),
          () => cache.setIfAbsent(key, 1),
          () => cache.setMany([[key, 1]]),
          () => cache.deleteMany([key]),
          () => cache.expire(key),
          () => cache.clear({ prefix: key }),
          () => cache.getOrSetMany([key], async () => []),
        ];
        expect(await Promise.all(calls.map(code))).toEqual(calls.map(() => 'ERR_KEY'));
      }
      expect(far.calls).toEqual([]);
    },
  );

  it('an array is one key, however much it looks like a command', async () => {
    const cache = createCache();
    await cache.set(['k', 'v', 'EX', '1'], 'kept');
    expect(await cache.get('k:v:EX:1')).toBe('kept');
    expect(await cache.has('k')).toBe(false);
  });

  it('a key of 10 KB, or of the longest, is kept apart from its neighbours', async () => {
    const cache = createCache();
    for (const length of [10_240, 65_536]) {
      const [a, b] = ['a', 'b'].map((end) => 'k'.repeat(length - 1) + end) as [string, string];
      expect(await cache.set(a, 'of a')).toBe(true);
      expect([await cache.get(a), await cache.get(b)]).toEqual(['of a', undefined]);
    }
  });

  it('names of Object.prototype are ordinary in stats, tags, namespaces and values', async () => {
    const cache = createCache();
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const name of names) {
      const below = cache.namespace(name);
      await below.set(`${name}:1`, JSON.parse(`{"${name}":{"polluted":true}}`), { tags: [name] });
      await cache.get(`${name}:1`);
      const read = await below.get<object>(`${name}:1`);
      expect(Object.keys(read ?? {})).toEqual([name]);
      expect((await below.inspect(`${name}:1`)).tags).toEqual([name]);
      await below.invalidateTags([name]);
      expect(await below.size()).toBe(0);
    }
    expect(Object.keys((await cache.stats()).families)).toEqual(expect.arrayContaining(names));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('values that are not what they should be', () => {
  it('one over the maximum is not stored, is told, and is returned all the same', async () => {
    const cache = createCache({ maxValueBytes: 1_000 });
    const told: unknown[] = [];
    cache.on('entry.rejected', ({ key, reason }) => told.push([key, reason]));
    const large = 'x'.repeat(2_000);
    expect(await cache.getOrSet('loaded', () => large)).toBe(large);
    expect(await cache.set('set', large)).toBe(false);
    expect(await cache.setMany({ many: large, small: 1 })).toBe(1);
    expect((await cache.getOrSetMany(['batch'], async () => [['batch', large]])).get('batch')).toBe(large);
    expect(told).toEqual(['loaded', 'set', 'many', 'batch'].map((key) => [key, 'too-large']));
    expect(await cache.size()).toBe(1);
    expect((await cache.stats()).errors).toBe(4);
  });

  it('one over the maximum does not leave an older value in its place', async () => {
    const cache = createCache({ maxValueBytes: 1_000 });
    await cache.set('k', 'old');
    expect(await cache.set('k', 'x'.repeat(2_000))).toBe(false);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('null is stored, and is a hit', async () => {
    const cache = createCache();
    expect(await cache.set('k', null)).toBe(true);
    expect(await cache.get('k')).toBeNull();
    expect(await cache.getOrSet('k', () => 'never')).toBeNull();
    expect(await cache.stats()).toMatchObject({ hits: 2, misses: 0 });
  });

  it.each(['copy', 'reference'] as const)('go in and come out the same, isolation %s', async (isolation) => {
    const cache = createCache({ isolation });
    const values = {
      bigint: 2n ** 70n,
      date: new Date(7),
      map: new Map([['a', new Set([1])]]),
      bytes: Buffer.from([0, 255]),
      floats: Float32Array.of(0.5, -0),
      error: new RangeError('no', { cause: 'why' }),
      holes: [1, undefined, Number.NaN, -0],
    };
    await cache.set('k', values);
    const read = await cache.get<typeof values>('k');
    expect(read).toEqual(values);
    expect(read?.error).toBeInstanceOf(RangeError);
    expect(read?.error.cause).toBe('why');
    expect(Object.is(read?.holes[3], -0)).toBe(true);
  });

  const circular: { self?: unknown } = {};
  circular.self = circular;
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => ({ inner }), 1);
  it.each([
    ['circular', circular],
    ['nested 100,000 deep', deep],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
  ])('a loader that gives one that is %s has it returned, not stored, and told', async (_, value) => {
    const cache = createCache();
    const told: string[] = [];
    cache.on('entry.rejected', ({ reason }) => told.push(reason));
    expect(await cache.getOrSet<unknown>('k', () => value)).toBe(value);
    const many = await cache.getOrSetMany<unknown>(['b'], async () => [['b', value]]);
    expect(many.get('b')).toBe(value);
    expect([told, await cache.size()]).toEqual([['serialize', 'serialize'], 0]);
  });

  it('the longest counter goes no further, up or down, and keeps its value', async () => {
    const cache = createCache();
    await cache.set('up', Number.MAX_SAFE_INTEGER);
    await cache.set('down', Number.MIN_SAFE_INTEGER);
    for (const value of ['abc', null, 0.5, true, {}, 2n ** 60n, '7']) {
      await cache.set('other', value);
      expect(await code(() => cache.increment('other'))).toBe('ERR_COUNTER');
      expect(await cache.get('other')).toEqual(value);
    }
    expect(await code(() => cache.increment('up'))).toBe('ERR_COUNTER');
    expect(await code(() => cache.increment('down', -1))).toBe('ERR_COUNTER');
    for (const by of [Number.NaN, Infinity, 2 ** 53, '1' as unknown as number]) {
      expect(await code(() => cache.increment('n', by))).toBe('ERR_COUNTER');
    }
    expect([await cache.get('up'), await cache.get('n')]).toEqual([Number.MAX_SAFE_INTEGER, undefined]);
  });
});

describe('callers and loaders that misbehave', () => {
  it('a signal that has aborted: rejects with its reason, and no store is asked', async () => {
    const { far, cache } = onFarTier();
    const reason = new Error('gone');
    const signal = AbortSignal.abort(reason);
    await expect(cache.getOrSet('k', () => 1, { signal })).rejects.toBe(reason);
    await expect(cache.getOrSetMany(['k'], async () => [], { signal })).rejects.toBe(reason);
    expect(far.calls).toEqual([]);
  });

  it('a loader that never settles: hard timeout, and its place is free again', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, maxConcurrentLoads: 1, hardTimeout: '1s' });
    const never = (): Promise<never> => new Promise(() => undefined);
    const stuck = code(() => cache.getOrSet('k', never));
    const batch = code(() => cache.getOrSetMany(['a', 'b'], never, { hardTimeout: '2s' }));
    await clock.advance(3_000);
    expect([await stuck, await batch]).toEqual(['ERR_TIMEOUT', 'ERR_TIMEOUT']);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    expect(await cache.getOrSet('a', () => 'loaded')).toBe('loaded');
  });

  it.each([undefined, null])('a loader that throws %s: ERR_LOADER, and the cause is kept', async (thrown) => {
    const cache = createCache();
    const fail = (): never => {
      throw thrown;
    };
    for (const load of [cache.getOrSet('k', fail), cache.getOrSetMany(['a'], async () => fail())]) {
      const error: unknown = await load.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(CacheError);
      expect([(error as CacheError).code, (error as CacheError).cause]).toEqual(['ERR_LOADER', thrown]);
    }
    expect(await cache.size()).toBe(0);
  });

  it.each(['clear', 'keys'] as const)(
    'a pattern over 256 bytes of UTF-8 for %s: ERR_PATTERN',
    async (method) => {
      const cache = createCache();
      const use = async (pattern: string): Promise<void> => {
        if (method === 'clear') await cache.clear(pattern);
        else for await (const _ of cache.keys(pattern)) expect.unreachable('it is empty');
      };
      expect(await code(() => use('é'.repeat(129)))).toBe('ERR_PATTERN');
      expect(await code(() => use('é'.repeat(128)))).toBe('no error');
      expect(await code(() => use(7 as unknown as string))).toBe('ERR_PATTERN');
    },
  );
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
    await cache.setMany({ 'a*1': 1, ab1: 2, 'a[b]': 3, 'a?': 4, 'a\\*': 5, 'a-z': 6, 'a^': 7, am: 8 });
    for (const prefix of ['a*', 'a[', 'a?', 'a\\', 'a-', 'a^']) {
      expect(await cache.clear({ prefix })).toEqual({ acknowledged: true, count: 1 });
    }
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

describe('what the newer options are given', () => {
  it.each([
    ['onBusLoss', { onBusLoss: 'x' }],
    ['earlyRefresh below zero', { earlyRefresh: { beta: -1 } }],
    ['earlyRefresh null', { earlyRefresh: null }],
    ['tracking without its functions', { tracking: {} }],
  ])('%s is refused', (_, options) => {
    expect(() => createCache(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }) as Error,
    );
  });

  it('a dependency without a name is no tag', async () => {
    const cache = createCache();
    for (const tag of ['#', '##']) {
      await expect(cache.set('k', 1, { tags: [tag] })).rejects.toMatchObject({ code: 'ERR_TAG' });
    }
  });

  it('a batch loader that gives what is no pair fails the call, with a code', async () => {
    const cache = createCache();
    for (const result of [null, 5, ['bad'], [null]]) {
      const loading = cache.getOrSetMany(['a'], async () => result as never);
      await expect(loading).rejects.toMatchObject({ code: 'ERR_LOAD_MANY' });
    }
  });

  it('a bus that throws at everything takes nobody down', async () => {
    const fail = (): never => {
      throw new Error('bus');
    };
    const link = { id: 'x', publish: fail, beat: fail, close: fail };
    const bus = { name: 'broken', open: () => link, close: () => undefined };
    const cache = createCache({ l2: new MemoryBackend(), bus });
    expect(await cache.getOrSet('k', () => 'value')).toBe('value');
    expect((await cache.delete('k')).acknowledged).toBe(false);
    await cache.close();
  });
});

describe('an option that is not known', () => {
  it('of a cache or a namespace is refused, for nobody would heed it', async () => {
    const slip = { tll: '1h' } as object;
    expect(() => createCache(slip)).toThrow("options: there is no option 'tll'");
    expect(await code(() => createCache(slip))).toBe('ERR_OPTION');
    expect(await code(() => createCache().namespace('a', slip))).toBe('ERR_OPTION');
    expect(await code(() => createCache({ tll: undefined } as object))).toBe('no error');
  });
});
