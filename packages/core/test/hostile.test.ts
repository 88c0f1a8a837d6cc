import {
  type Bus,
  type Cache,
  CacheError,
  type CacheOptions,
  cacheResult,
  createCache,
  type Key,
  MemoryBackend,
} from '@keepsake/core';
import { createMemoryStore } from '@keepsake/core/memory';
import { FakeClock, FaultyBackend, memoryBus } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

const code = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return error instanceof CacheError ? error.code : `no CacheError: ${String(error)}`;
  }
  return 'no error';
};

/** What is neither a number in range, nor a length of time, nor an object with methods. */
const garbage: readonly unknown[] = [
  Number.NaN,
  -1,
  'x',
  '',
  {},
  [],
  () => 1,
  Symbol('s'),
  true,
  -10n,
  Object.create(null),
  Object.freeze({}),
  new Proxy({}, {}),
];

describe('options that are garbage have a code, whatever they are', () => {
  const times = [
    'ttl',
    'swr',
    'grace',
    'softTimeout',
    'hardTimeout',
    'deadline',
    'negativeTtl',
    'l2Timeout',
    'staleness',
  ];
  const others = [
    'ttlJitter',
    'maxValueBytes',
    'maxConcurrentLoads',
    'isolation',
    'onBusLoss',
    'tracking',
    'clock',
    'logger',
    'l2',
    'bus',
  ];

  it.each(times)('%s: ERR_TTL', async (name) => {
    for (const given of garbage) expect(await code(() => createCache({ [name]: given }))).toBe('ERR_TTL');
  });

  it.each(others)('%s: ERR_OPTION', async (name) => {
    for (const given of garbage) {
      expect(await code(() => createCache({ l2: new MemoryBackend(), [name]: given }))).toBe('ERR_OPTION');
    }
  });

  it.each([null, 7, 'x', true, Symbol('s'), () => 1])('all of them: ERR_OPTION', async (given) => {
    expect(await code(() => createCache(given as never))).toBe('ERR_OPTION');
    expect(await code(() => createCache({ l1: given as never }))).toBe('ERR_OPTION');
    expect(await code(() => createCache().namespace('n', given as never))).toBe('ERR_OPTION');
    expect(await code(() => cacheResult(given as never)(() => 1))).toBe('ERR_OPTION');
    expect(await code(() => cacheResult({ cache: given as never, name: 'x' })(() => 1))).toBe(
      typeof given === 'function' ? 'ERR_OPTION' : 'ERR_OPTION',
    );
  });

  it('maxEntries and maxBytes: ERR_OPTION', async () => {
    for (const given of garbage) {
      expect(await code(() => createMemoryStore({ maxEntries: given as number }))).toBe('ERR_OPTION');
      expect(await code(() => createMemoryStore({ maxBytes: given as number }))).toBe('ERR_OPTION');
      expect(await code(() => createMemoryStore({ policy: given as 'lru' }))).toBe('ERR_OPTION');
      expect(await code(() => new MemoryBackend({ maxEntries: given as number }))).toBe('ERR_OPTION');
    }
  });

  it('a getter that throws is its own error, and nothing is made', () => {
    const error = new Error('mine');
    const options: CacheOptions = {
      get ttl(): number {
        throw error;
      },
    };
    expect(() => createCache(options)).toThrow(error);
  });

  it('frozen options are left as they are', async () => {
    const cache = createCache(Object.freeze({ l1: Object.freeze({ maxEntries: 3 }) }));
    await cache.set('k', 1, Object.freeze({ tags: Object.freeze(['t']) }));
    expect((await cache.inspect('k')).tags).toEqual(['t']);
  });
});

describe('a call that is given garbage', () => {
  it.each([60, '1h', null, true, Symbol('s')])('in place of its options: ERR_OPTION', async (given) => {
    const cache = createCache();
    const options = given as never;
    const calls: (() => unknown)[] = [
      () => cache.set('k', 1, options), // as another library has it: a TTL alone
      () => cache.setIfAbsent('k', 1, options),
      () => cache.setMany({ k: 1 }, options),
      () => cache.getOrSet('k', () => 1, options),
      () => cache.getOrSetMany(['k'], async () => [], options),
      () => cache.increment('k', 1, options),
      () => cache.invalidateTags(['t'], options),
    ];
    expect(await Promise.all(calls.map(code))).toEqual(calls.map(() => 'ERR_OPTION'));
    expect(await cache.size()).toBe(0);
  });

  it.each([null, 'abort', {}, new AbortController()])(
    'as signal: ERR_OPTION, and nothing is loaded',
    async (given) => {
      const cache = createCache();
      const options = { signal: given ?? 7 } as object;
      const load = (): never => expect.unreachable('it is refused');
      expect(await code(() => cache.getOrSet('k', load, options))).toBe('ERR_OPTION');
      expect(await code(() => cache.getOrSetMany(['k'], async () => load(), options))).toBe('ERR_OPTION');
    },
  );

  it('as mode, fence, listener or function: ERR_OPTION', async () => {
    const cache = createCache();
    for (const given of [null, 7, 'x', {}]) {
      expect(await code(() => cache.set('k', 1, { fence: given as never }))).toBe('ERR_OPTION');
      expect(await code(() => cache.on('entry.hit', given as never))).toBe('ERR_OPTION');
      expect(await code(() => cacheResult({ cache, name: `n${String(given)}` })(given as never))).toBe(
        'ERR_OPTION',
      );
      if (given !== null) {
        expect(await code(() => cache.invalidateTags(['t'], { mode: given as never }))).toBe('ERR_OPTION');
      }
    }
  });

  it('as entries: ERR_VALUE, and none of them is stored', async () => {
    const cache = createCache();
    for (const given of [null, 7, 'ab', [null], [7], ['ab'], [{}], [['a', 1], 'bc'], new Set(['ab'])]) {
      expect(await code(() => cache.setMany(given as never))).toBe('ERR_VALUE');
    }
    expect(await cache.size()).toBe(0);
  });

  it('as a list of keys with holes: ERR_KEY, before any store is asked', async () => {
    const far = new FaultyBackend(new MemoryBackend());
    const cache = createCache({ l1: false, l2: far });
    const holes = new Array<Key>(3);
    expect(await code(() => cache.getMany(holes))).toBe('ERR_KEY');
    expect(await code(() => cache.deleteMany(holes))).toBe('ERR_KEY');
    expect(await code(() => cache.get([, 'a'] as unknown as Key))).toBe('ERR_KEY');
    expect(far.calls).toEqual([]);
  });

  it('as a very long list: a code, or an answer', async () => {
    const cache = createCache();
    const long = Array.from({ length: 200_000 }, (_, i) => `k${i}`);
    expect(await code(() => cache.get(long))).toBe('ERR_KEY');
    expect(await code(() => cache.set('k', 1, { tags: long }))).toBe('ERR_TAG');
    expect((await cache.getMany(long)).size).toBe(0);
    expect(await cache.setMany(long.map((key) => [key, 1] as const))).toBe(200_000);
    expect(await cache.size()).toBe(10_000);
  });

  it('as an error whose name is that of something else is stored as an error', async () => {
    const cache = createCache();
    for (const name of ['__proto__', 'constructor', 'toString', 'Object', '']) {
      const error = Object.assign(new Error('why'), { name });
      expect(await cache.set('k', error)).toBe(true);
      const read = await cache.get<Error>('k');
      expect(read).toBeInstanceOf(Error);
      expect([read?.name, read?.message]).toEqual([name, 'why']);
    }
  });

  it('as lifetime with no text of its own: ERR_TTL', async () => {
    const cache = createCache();
    expect(await code(() => cache.set('k', 1, { ttl: Object.create(null) as number }))).toBe('ERR_TTL');
  });
});

describe('keys and tags at their bounds', () => {
  it('the longest are taken, one more is refused', async () => {
    const cache = createCache();
    await cache.set('k'.repeat(65_536), 1, { tags: ['t'.repeat(512)] });
    expect(await code(() => cache.get('k'.repeat(65_537)))).toBe('ERR_KEY');
    expect(await code(() => cache.set('k'.repeat(65_537), 1))).toBe('ERR_KEY');
    const tags = Array.from({ length: 64 }, (_, i) => `t${i}`);
    expect(await cache.set('k', 1, { tags })).toBe(true);
    const loaded = cache.getOrSet('l', ({ addTags }) => addTags('one more') ?? 1, { tags });
    expect(await code(() => loaded)).toBe('ERR_TAG');
  });
});

describe('loaders and signals', () => {
  it('a loader that settles after its only caller has left stores nothing', async () => {
    for (const late of ['value', new Error('late')]) {
      const clock = new FakeClock();
      const cache = createCache({ clock });
      const leave = new AbortController();
      let settle: (value: unknown) => void = () => undefined;
      const load = (): Promise<unknown> => new Promise((resolve) => (settle = resolve));
      const left = code(() => cache.getOrSet('k', load, { signal: leave.signal }));
      await clock.advance(0);
      leave.abort(new CacheError('ERR_TIMEOUT', 'the caller had enough'));
      expect(await left).toBe('ERR_TIMEOUT');
      settle(late instanceof Error ? Promise.reject(late) : late);
      await clock.advance(0);
      expect(await cache.get('k')).toBeUndefined();
    }
  });

  it('a signal of another realm, which is no instance of this one, is heard', async () => {
    class ForeignSignal extends EventTarget {
      aborted = false;
      reason: unknown;
      throwIfAborted(): void {
        if (this.aborted) throw this.reason as Error;
      }
    }
    const cache = createCache();
    const signal = new ForeignSignal();
    const never = new Promise<never>(() => undefined);
    const left = cache.getOrSet('k', () => never, { signal: signal as unknown as AbortSignal });
    const reason = new Error('gone');
    Object.assign(signal, { aborted: true, reason });
    signal.dispatchEvent(new Event('abort'));
    await expect(left).rejects.toBe(reason);
  });

  it('a loader may give a promise of another kind, and what its `then` throws is its error', async () => {
    const cache = createCache();
    const thenable = { then: (resolve: (value: number) => void) => resolve(5) } as unknown as Promise<number>;
    expect(await cache.getOrSet('k', () => thenable)).toBe(5);
    const error = new Error('mine');
    const trap = {
      get then(): never {
        throw error;
      },
    };
    await expect(cache.getOrSet('l', () => trap as unknown as Promise<number>)).rejects.toBe(error);
  });
});

describe('code of others that is called in between', () => {
  it('listeners that throw, reject, leave or come disturb neither the call nor each other', async () => {
    const logged: string[] = [];
    const logger = {
      debug: () => undefined,
      warn: () => undefined,
      error: (text: string) => void logged.push(text),
    };
    const cache = createCache({ logger });
    let heard = 0;
    const fail = (): never => {
      throw new Error('a listener with a bug');
    };
    cache.on('entry.missed', fail);
    const failLater: () => unknown = async () => fail();
    cache.on('entry.missed', failLater);
    const leave = cache.on('entry.missed', () => {
      leave();
      cache.on('entry.missed', () => (heard += 1));
    });
    cache.on('entry.missed', () => (heard += 1));
    expect(await cache.getOrSet('k', () => 'value')).toBe('value');
    expect(await cache.get('other')).toBeUndefined();
    expect(heard).toBeGreaterThanOrEqual(3);
    expect(logged.length).toBeGreaterThanOrEqual(4);
  });

  it('a listener that changes the key of the load that it hears of: the load is not stored', async () => {
    const cache = createCache();
    cache.on('load.started', ({ key = '' }) => void cache.set(key, 'set'));
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    expect(await cache.get('k')).toBe('set');
  });

  it('a loader that sets its own key is not stored over it', async () => {
    const cache = createCache();
    const loader = async (): Promise<string> => {
      await cache.set('k', 'set');
      return 'loaded';
    };
    expect(await cache.getOrSet('k', loader)).toBe('loaded');
    expect(await cache.get('k')).toBe('set');
  });

  it('a listener that is told of an eviction may store what is just being stored', async () => {
    const cache = createCache({ l1: { maxEntries: 3 } });
    cache.on('entry.evicted', ({ key }) => void cache.set('last', key));
    for (let i = 0; i < 50; i += 1) {
      await cache.set(`k${i}`, i);
      await cache.set('last', 'by hand');
      expect(await cache.get('last')).toBe('by hand');
      expect(await cache.size()).toBeLessThanOrEqual(3);
    }
    await cache.clear();
    expect([await cache.size(), (await cache.stats()).bytes]).toEqual([0, 0]);
  });

  it('a weigher or a listener of the store that uses the store leaves its bounds and its sums right', () => {
    let depth = 0;
    let uses = 0;
    const use = (): void => {
      if (depth > 0) return;
      depth += 1;
      uses += 1;
      const key = `k${(uses * 7) % 40}`;
      if (uses % 3 === 0) store.delete(key);
      else store.set(key, 7, 50);
      depth -= 1;
    };
    const clock = new FakeClock();
    const store = createMemoryStore<number>({
      clock,
      maxEntries: 10,
      maxBytes: 200,
      weigh: (value) => {
        use();
        return value;
      },
      onEvict: use,
    });
    for (let i = 0; i < 5_000; i += 1) {
      store.set(`k${i % 40}`, 1 + (i % 50), i % 3 === 0 ? 20 : 1_000);
      if (i % 7 === 0) store.get(`k${i % 40}`);
      if (i % 11 === 0) clock.block(5);
      depth = 1;
      expect(store.size).toBeLessThanOrEqual(10);
      const kept = [...store.keys()];
      expect(kept.length).toBe(store.size);
      expect(store.bytes).toBeLessThanOrEqual(200);
      depth = 0;
    }
    depth = 1;
    for (const key of [...store.keys()]) store.delete(key);
    expect([store.size, store.bytes]).toEqual([0, 0]);
  });
});

describe('close', () => {
  const held = (): { load: () => Promise<unknown>; settle: (value: unknown) => void } => {
    let settle: (value: unknown) => void = () => undefined;
    const value = new Promise<unknown>((resolve) => (settle = resolve));
    return { load: () => value, settle };
  };
  const far = [
    ['memory alone', (): CacheOptions => ({})],
    ['a far tier', (): CacheOptions => ({ l2: new MemoryBackend() })],
    [
      'a far tier that refuses all once it is closed',
      (): CacheOptions => ({ l1: false, l2: new StrictBackend() }),
    ],
  ] as const;

  /** As a remote backend: after `close` not even a fence can be given back. */
  class StrictBackend extends MemoryBackend {
    isClosed = false;
    override close(): void {
      this.isClosed = true;
      super.close();
    }
    override release(fences: Parameters<MemoryBackend['release']>[0]): void {
      if (this.isClosed) throw new CacheError('ERR_CLOSED', 'strict: it was closed');
      super.release(fences);
    }
  }

  it.each(far)(
    'during a load, on %s: its callers get what it makes, or its own error',
    async (_, options) => {
      const clock = new FakeClock();
      for (const outcome of ['value', new Error('database')]) {
        const cache = createCache({ clock, ...options() });
        const { load, settle } = held();
        const one = cache.getOrSet('k', load);
        const many = cache.getOrSetMany(['a', 'b'], async () => [['a', await load()]]);
        const settled = Promise.allSettled([one, many]);
        await clock.advance(0);
        await cache.close();
        settle(outcome instanceof Error ? Promise.reject(outcome) : outcome);
        await settled;
        if (outcome instanceof Error) {
          await expect(one).rejects.toBe(outcome);
          await expect(many).rejects.toBe(outcome);
        } else {
          expect(await one).toBe('value');
          expect([...(await many)]).toEqual([['a', 'value']]);
        }
      }
    },
  );

  it('during a refresh in the background: nobody is told of it, and no timer is left', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, l2: new MemoryBackend({ clock }), ttl: '1s', swr: '1h' });
    await cache.set('k', 'old');
    await clock.advance(2_000);
    const { load, settle } = held();
    expect(await cache.getOrSet('k', load)).toBe('old');
    await clock.advance(0);
    await cache.close();
    settle('new');
    await clock.advance(0);
    expect(clock.timers).toBe(0);
  });

  it('twice, and at once, is as once; all that is asked afterwards: ERR_CLOSED', async () => {
    for (const options of [{}, { l2: new MemoryBackend() }, { l2: new MemoryBackend(), bus: memoryBus() }]) {
      const cache = createCache(options);
      await Promise.all([cache.close(), cache.close()]);
      await cache[Symbol.asyncDispose]();
      const calls: ((cache: Cache) => unknown)[] = [
        (c) => c.get('k'),
        (c) => c.getMany(['k']),
        (c) => c.inspect('k'),
        (c) => c.has('k'),
        (c) => c.ttl('k'),
        (c) => c.touch('k', 1),
        (c) => c.set('k', 1),
        (c) => c.setIfAbsent('k', 1),
        (c) => c.setMany({ k: 1 }),
        (c) => c.getOrSet('k', () => 1),
        (c) => c.getOrSet('k', () => 1, { forceRefresh: true }),
        (c) => c.getOrSetMany(['k'], async () => []),
        (c) => c.increment('k'),
        (c) => c.delete('k'),
        (c) => c.expire('k'),
        (c) => c.invalidateTags(['t']),
        (c) => c.clear(),
        (c) => c.size(),
        (c) => c.stats(),
        (c) => c.connect(),
        (c) => c.namespace('n').get('k'),
        async (c) => {
          for await (const key of c.keys()) expect.unreachable(key);
        },
      ];
      expect(await Promise.all(calls.map((call) => code(() => call(cache))))).toEqual(
        calls.map(() => 'ERR_CLOSED'),
      );
    }
  });

  it('of a namespace closes nothing', async () => {
    const cache = createCache();
    await cache.namespace('n').close();
    expect(await cache.set('k', 1)).toBe(true);
  });

  it('closes the rest where one part fails to', async () => {
    const closed: string[] = [];
    const l2 = new MemoryBackend();
    const bus: Bus = memoryBus();
    const l1 = new MemoryBackend();
    const fail = async (): Promise<never> => {
      throw new Error('l2 cannot be closed');
    };
    Object.assign(l2, { close: fail });
    Object.assign(l1, { close: () => void closed.push('l1') });
    Object.assign(bus, { close: () => void closed.push('bus') });
    await expect(createCache({ l1, l2, bus }).close()).rejects.toThrow('l2 cannot be closed');
    expect(closed).toEqual(['l1', 'bus']);
  });
});

describe('two caches', () => {
  it('on one far tier and bus see each other; a close of one is the end of what they share', async () => {
    const clock = new FakeClock();
    const [l2, bus] = [new MemoryBackend({ clock }), memoryBus({ clock })];
    const [one, other] = [createCache({ clock, l2, bus }), createCache({ clock, l2, bus })];
    await clock.advance(0);
    await one.set('k', { v: 1 });
    expect(await other.get('k')).toEqual({ v: 1 });
    await one.set('k', { v: 2 });
    await clock.advance(0);
    expect(await other.get('k')).toEqual({ v: 2 });
    await one.close();
    expect(await code(() => other.get('new'))).toBe('ERR_CLOSED');
    await other.close();
  });

  it('on one memory backend share entries and fences, not loads', async () => {
    const clock = new FakeClock();
    const l1 = new MemoryBackend({ clock });
    const [one, other] = [createCache({ clock, l1 }), createCache({ clock, l1 })];
    let loads = 0;
    const load = async (): Promise<number> => (loads += 1);
    const values = await Promise.all([one.getOrSet('k', load), other.getOrSet('k', load)]);
    expect([values, loads]).toEqual([[1, 2], 2]);
    expect(await one.get('k')).toBe(await other.get('k'));
  });
});

describe('a loader that loads through the same cache while all places are taken', () => {
  it('waits for its own place until the hard timeout, and then all are free', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, maxConcurrentLoads: 1, hardTimeout: '1s' });
    const settled: string[] = [];
    const nested = async (): Promise<unknown> =>
      settled.push(await code(() => cache.getOrSet('outer', () => cache.getOrSet('inner', () => 'value'))));
    const call = nested();
    await clock.advance(999);
    expect(settled).toEqual([]);
    await clock.advance(1);
    await call;
    expect(settled).toEqual(['ERR_TIMEOUT']);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
  });

  it('does not, where what it loads has a cache of its own', async () => {
    const l2 = new MemoryBackend();
    const outer = createCache({ l2, maxConcurrentLoads: 1 });
    const inner = createCache({ l2, maxConcurrentLoads: 1 });
    const nested = (i: number): Promise<string> =>
      outer.getOrSet(`outer${i}`, () => inner.getOrSet(`inner${i}`, () => `value ${i}`));
    expect(await Promise.all([nested(1), nested(2)])).toEqual(['value 1', 'value 2']);
  });
});
