import { CacheError, type CacheOptions, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

const setup = (
  options: CacheOptions & { twoTiers?: boolean } = {},
): {
  clock: FakeClock;
  cache: ReturnType<typeof createCache>;
  after: <T>(ms: number, value: T) => Promise<T>;
} => {
  const clock = new FakeClock();
  const { twoTiers = false, ...own } = options;
  const l2 = twoTiers ? new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true }) : undefined;
  const after = <T>(ms: number, value: T): Promise<T> =>
    new Promise((resolve) => clock.setTimer(() => resolve(value), ms));
  return { clock, cache: createCache({ clock, ...(l2 && { l2 }), ...own }), after };
};

describe('getOrSet', () => {
  it('runs the loader once for many callers, and counts each of them', async () => {
    const { cache, clock, after } = setup();
    let loads = 0;
    const calls = Array.from({ length: 100 }, () =>
      cache.getOrSet('k', () => {
        loads += 1;
        return after(10, { n: 1 });
      }),
    );
    await clock.advance(20);
    const values = await Promise.all(calls);
    expect(loads).toBe(1);
    expect(new Set(values).size).toBe(100); // each has a copy of its own
    expect(await cache.stats()).toMatchObject({ misses: 100, hits: 0, loads: 1, joined: 99, sets: 1 });
  });

  it('treats null, zero, empty text and false as values', async () => {
    const { cache } = setup();
    for (const value of [null, 0, '', false, []]) {
      const key = `k${JSON.stringify(value)}`;
      let loads = 0;
      const load = (): unknown => {
        loads += 1;
        return value;
      };
      await cache.getOrSet(key, load);
      expect(await cache.getOrSet(key, load)).toEqual(value);
      expect(loads).toBe(1);
    }
  });

  it('returns undefined and does not store it, unless negativeTtl is set', async () => {
    const { cache, clock } = setup();
    let loads = 0;
    const load = (): undefined => {
      loads += 1;
      return undefined;
    };
    await cache.getOrSet('a', load);
    await cache.getOrSet('a', load);
    expect(loads).toBe(2);
    await cache.getOrSet('b', load, { negativeTtl: '10s' });
    expect(await cache.getOrSet('b', load)).toBeUndefined();
    expect(await cache.get('b')).toBeUndefined();
    expect(loads).toBe(3);
    await clock.advance(10_000);
    await cache.getOrSet('b', load);
    expect(loads).toBe(4);
  });

  it('passes the loader its own error on, stores nothing, and loads anew', async () => {
    const { cache } = setup();
    const broken = new Error('database');
    await expect(cache.getOrSet('k', () => Promise.reject(broken))).rejects.toBe(broken);
    expect(await cache.getOrSet('k', () => 1)).toBe(1);
  });

  it('wraps what a loader throws that is no error', async () => {
    const { cache } = setup();
    const call = cache.getOrSet('k', () => Promise.reject<number>(undefined as unknown as Error));
    await expect(call).rejects.toMatchObject({ code: 'ERR_LOADER', cause: undefined });
  });

  it.each([
    ['memory', () => ({})],
    ['two tiers', () => ({ twoTiers: true })],
  ])('serves stale at once inside swr and refreshes behind, once, on %s', async (_, options) => {
    const { cache, clock, after } = setup(options());
    let version = 1;
    const load = (): Promise<number> => after(5, version);
    const get = (): Promise<number> => cache.getOrSet('k', load, { ttl: '1s', swr: '10s' });
    const first = get();
    await clock.advance(10);
    expect(await first).toBe(1);
    version = 2;
    await clock.advance(2_000);
    expect(await Promise.all([get(), get()])).toEqual([1, 1]);
    await clock.advance(10);
    expect(await get()).toBe(2);
    expect(await cache.stats()).toMatchObject({ loads: 2, stale: 2 });
  });

  it('serves stale inside grace when the loader fails, and after the soft timeout', async () => {
    const { cache, clock, after } = setup({ ttl: '1s', grace: '1m', softTimeout: '50ms' });
    await cache.set('k', 'old');
    await clock.advance(2_000);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', () => Promise.reject(new Error('down')))).toBe('old');
    const slow = cache.getOrSet('k', () => after(1_000, 'new'));
    await clock.advance(60);
    expect(await slow).toBe('old');
    const joiner = cache.getOrSet('k', () => after(1_000, 'newer'));
    expect(await joiner).toBe('old');
    await clock.advance(2_000);
    expect(await cache.getOrSet('k', () => 'never')).not.toBe('old');
  });

  it('gives up a loader at the hard timeout, tells it, and frees its place', async () => {
    const { cache, clock } = setup({ hardTimeout: '1s', maxConcurrentLoads: 1 });
    let told: unknown;
    const hanging = cache.getOrSet('k', ({ signal }) => {
      signal.addEventListener('abort', () => (told = signal.reason));
      return new Promise<number>(() => undefined);
    });
    const waiting = cache.getOrSet('other', () => 2);
    const settled = Promise.allSettled([hanging, waiting]);
    await clock.advance(1_500);
    const [first, second] = await settled;
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: 2 });
    expect(told).toBeInstanceOf(CacheError);
    expect(await cache.getOrSet('k', () => 3)).toBe(3);
  });

  it('lets one caller leave by its signal, and aborts the load when all have left', async () => {
    const { cache, clock, after } = setup();
    const [a, b] = [new AbortController(), new AbortController()];
    let aborted = false;
    const load = ({ signal }: { signal: AbortSignal }): Promise<number> => {
      signal.addEventListener('abort', () => (aborted = true));
      return after(100, 1);
    };
    const first = cache.getOrSet('k', load, { signal: a.signal });
    const second = cache.getOrSet('k', load, { signal: b.signal });
    const settled = Promise.allSettled([first, second]);
    await clock.advance(10);
    a.abort(new Error('a left'));
    await clock.advance(1);
    expect(aborted).toBe(false);
    b.abort(new Error('b left'));
    await clock.advance(1);
    expect(aborted).toBe(true);
    expect((await settled).map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
      'Error: a left',
      'Error: b left',
    ]);
    expect(await cache.getOrSet('k', () => 2)).toBe(2);
  });

  it('rejects at once for a signal that has aborted, and runs nothing', async () => {
    const { cache } = setup();
    const reason = new Error('gone');
    let ran = false;
    const call = cache.getOrSet('k', () => (ran = true), { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(ran).toBe(false);
  });

  it('lets a caller go at its deadline while the load goes on', async () => {
    const { cache, clock, after } = setup();
    const patient = cache.getOrSet('k', () => after(100, 1));
    const hasty = cache.getOrSet('k', () => after(100, 1), { deadline: '50ms' });
    const settled = Promise.allSettled([hasty]);
    await clock.advance(200);
    expect(await settled).toMatchObject([{ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } }]);
    expect(await patient).toBe(1);
  });

  it('runs at most maxConcurrentLoads loaders at once, and all in the end', async () => {
    const { cache, clock, after } = setup({ maxConcurrentLoads: 3 });
    let running = 0;
    let most = 0;
    const calls = Array.from({ length: 30 }, (_, i) =>
      cache.getOrSet(`k${i}`, async () => {
        most = Math.max(most, (running += 1));
        await after(10, 0);
        running -= 1;
        return i;
      }),
    );
    for (let turn = 0; turn < 30; turn += 1) await clock.advance(10);
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(most).toBe(3);
  });

  it('lets the loader decide TTL, tags and whether to store', async () => {
    const { cache } = setup();
    await cache.getOrSet('a', ({ setTtl, addTags }) => {
      setTtl('2s');
      addTags('x');
      return 1;
    });
    expect(await cache.ttl('a')).toBe(2);
    expect((await cache.inspect('a')).tags).toEqual(['x']);
    await cache.getOrSet('b', ({ skip }) => {
      skip();
      return 1;
    });
    expect(await cache.has('b')).toBe(false);
  });

  it('hands the stale value to the loader that replaces it', async () => {
    const { cache, clock } = setup({ ttl: '1s', grace: '1m' });
    await cache.set('k', { etag: 'x' });
    await clock.advance(5_000);
    const seen = await cache.getOrSet<unknown>('k', ({ previous }) => previous);
    expect(seen).toEqual({ value: { etag: 'x' }, ageMs: 5_000 });
  });

  it('returns a value that cannot be stored, and says so', async () => {
    const { cache } = setup();
    const rejected: unknown[] = [];
    cache.on('entry.rejected', (event) => rejected.push(event.reason));
    const value = { fn: () => 1 };
    expect(await cache.getOrSet<unknown>('k', () => value)).toBe(value);
    expect(await cache.getOrSet<string>('big', () => 'x'.repeat(2_000_000))).toHaveLength(2_000_000);
    expect(rejected).toEqual(['serialize', 'too-large']);
    expect(await cache.size()).toBe(0);
  });

  it('is not disturbed by a caller that changes what it got', async () => {
    const { cache } = setup();
    const first = await cache.getOrSet('k', () => ({ list: [1] }));
    first.list.push(2);
    const second = await cache.getOrSet('k', () => ({ list: [0] }));
    second.list.push(3);
    expect(await cache.get('k')).toEqual({ list: [1] });
  });
});

describe('getOrSetMany', () => {
  it('calls the loader once for what is missing and keeps the order asked', async () => {
    const { cache } = setup();
    await cache.set('b', 'B');
    const asked: string[][] = [];
    const load = async (missing: string[]): Promise<[string, string][]> => {
      asked.push(missing);
      return missing.map((key) => [key, key.toUpperCase()]);
    };
    expect([...(await cache.getOrSetMany(['c', 'b', 'a', 'c'], load))]).toEqual([
      ['c', 'C'],
      ['b', 'B'],
      ['a', 'A'],
    ]);
    expect(asked).toEqual([['c', 'a']]);
    expect([...(await cache.getOrSetMany(['a', 'b', 'c'], load)).values()]).toEqual(['A', 'B', 'C']);
    expect(asked).toHaveLength(1);
    expect(await cache.stats()).toMatchObject({ hits: 4, misses: 2 });
  });

  it('joins loads in flight, and can be joined', async () => {
    const { cache, clock, after } = setup();
    let single = 0;
    const one = cache.getOrSet('a', () => {
      single += 1;
      return after(10, 'one');
    });
    const many = cache.getOrSetMany(['a', 'b'], async (missing) => {
      await after(10, 0);
      return missing.map((key) => [key, `many ${key}`] as const);
    });
    const joined = cache.getOrSet('b', () => {
      single += 1;
      return 'never';
    });
    await clock.advance(50);
    expect([await one, [...(await many)], await joined]).toEqual([
      'one',
      [
        ['a', 'one'],
        ['b', 'many b'],
      ],
      'many b',
    ]);
    expect(single).toBe(1);
  });

  it('fences each key by itself', async () => {
    const { cache, clock, after } = setup();
    const many = cache.getOrSetMany(['a', 'b'], async (missing) => {
      await after(10, 0);
      return missing.map((key) => [key, 'old'] as const);
    });
    await clock.advance(5);
    await cache.set('a', 'new');
    await clock.advance(20);
    await many;
    expect([await cache.get('a'), await cache.get('b')]).toEqual(['new', 'old']);
  });

  it('rejects for a key that failed unless partial results will do', async () => {
    const { cache } = setup();
    const load = async (
      missing: string[],
      { fail }: { fail(key: string, error: unknown): void },
    ): Promise<[string, number][]> => {
      fail('b', new Error('no b'));
      return missing.filter((key) => key !== 'b').map((key) => [key, 1]);
    };
    await expect(cache.getOrSetMany(['a', 'b'], load)).rejects.toMatchObject({ code: 'ERR_LOAD_MANY' });
    expect([...(await cache.getOrSetMany(['a', 'b'], load, { partial: true })).keys()]).toEqual(['a']);
    const broken = new Error('database');
    await expect(cache.getOrSetMany(['x', 'y'], () => Promise.reject(broken))).rejects.toBe(broken);
  });
});
