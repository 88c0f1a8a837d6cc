import { createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

const sleep = (clock: FakeClock, ms: number): Promise<void> =>
  new Promise((resolve) => clock.setTimer(resolve, ms));

/** Two processes on one far tier whose calls take a while. */
const setup = (
  delayMs = 0,
): { clock: FakeClock; far: FaultyBackend; cache: ReturnType<typeof createCache>; other: typeof cache } => {
  const clock = new FakeClock();
  const shared = new MemoryBackend({ clock });
  const far = new FaultyBackend(shared, { clock, shared: true });
  far.delayMs = delayMs;
  const cache = createCache({ clock, l2: far });
  return { clock, far, cache, other: createCache({ clock, l1: false, l2: shared }) };
};

describe('a batch under way', () => {
  it('does not hold up, or spoil, a key that it has found already', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, l1: false, l2: new MemoryBackend({ clock }) });
    await cache.set('hot', 'value');
    const batch = cache.getOrSetMany(['hot', 'cold'], async (missing) => {
      await sleep(clock, 100);
      return missing.map((key) => [key, 'loaded'] as const);
    });
    await clock.advance(10);
    expect(await cache.getOrSet('hot', () => 'never')).toBe('value');
    const second = cache.getOrSetMany(['hot', 'cold'], async () => []);
    await clock.advance(200);
    expect([...(await batch)]).toEqual([
      ['hot', 'value'],
      ['cold', 'loaded'],
    ]);
    expect([...(await second)]).toEqual([...(await batch)]);
  });

  it('is refused what is no list of pairs', async () => {
    const cache = createCache();
    const loader = (async () => 5) as unknown as () => Promise<Iterable<readonly [string, number]>>;
    await expect(cache.getOrSetMany(['a'], loader)).rejects.toMatchObject({ code: 'ERR_LOAD_MANY' });
  });
});

describe('with a far tier that others write to', () => {
  it('a load that is older than the bound on staleness is not joined', async () => {
    const { clock, cache, other } = setup();
    let source = 'old';
    const load = async (): Promise<string> => {
      const seen = source;
      await sleep(clock, 5_000);
      return seen;
    };
    const slow = cache.getOrSet('k', load);
    await clock.advance(100);
    source = 'new';
    await other.delete('k');
    await clock.advance(600);
    const late = cache.getOrSet('k', load);
    await clock.advance(10_000);
    expect([await slow, await late]).toEqual(['old', 'new']);
  });

  it('a set and a delete at once leave both tiers of one mind', async () => {
    const { clock, cache } = setup(5);
    await clock.advance(0);
    const both = Promise.all([cache.set('k', 'old'), sleep(clock, 2).then(() => cache.delete('k'))]);
    await clock.advance(100);
    await both;
    const read = cache.get('k');
    await clock.advance(100);
    expect(await read).toBeUndefined();
  });

  it('two sets at once leave both tiers of one mind', async () => {
    const { clock, cache, other } = setup(5);
    const both = Promise.all([cache.set('k', 'a'), cache.set('k', 'b')]);
    await clock.advance(100);
    await both;
    const near = cache.get('k');
    await clock.advance(100);
    expect(await near).toBe(await other.get('k'));
  });

  it('a fenced set that only memory took lives no longer than its miss allows', async () => {
    const { clock, far, cache, other } = setup();
    const { fence } = await cache.inspect('k');
    await clock.advance(400);
    far.mode = 'down';
    await cache.set('k', 'old', { fence });
    await other.delete('k');
    await clock.advance(200);
    far.mode = 'up';
    expect(await cache.get('k')).toBeUndefined();
  });
});

describe('removals that wait for the far tier', () => {
  it('come before a counter, a conditional store, and a store', async () => {
    const { far, cache, other } = setup();
    await cache.increment('n', 500);
    await cache.set('text', 'dead');
    far.mode = 'down';
    await cache.deleteMany(['n', 'text', 'plain']);
    await expect(cache.increment('n')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    far.mode = 'up';
    expect(await cache.increment('n')).toBe(1);
    expect(await cache.setIfAbsent('text', 'alive')).toBe(true);
    expect(await cache.set('plain', 'kept')).toBe(true);
    expect([await other.get('n'), await other.get('text'), await other.get('plain')]).toEqual([
      1,
      'alive',
      'kept',
    ]);
  });

  it('are replayed in batches, and hold up a read no longer than the far tier may take', async () => {
    const { clock, far, cache } = setup();
    far.mode = 'down';
    for (let i = 0; i < 3_000; i += 1) await cache.delete(`k${i}`);
    far.mode = 'up';
    far.delayMs = 100;
    far.calls.length = 0;
    const startedAt = clock.now();
    let tookMs = Infinity;
    const read = cache
      .getOrSet('x', () => 'loaded')
      .then((value) => {
        tookMs = clock.now() - startedAt;
        return value;
      });
    await clock.advance(5_000);
    expect(await read).toBe('loaded');
    expect(tookMs).toBeLessThanOrEqual(600);
    expect(far.calls.filter((call) => call === 'removeMany')).toHaveLength(6);
  });

  it('a clear that a frozen far tier never answers ends all the same', async () => {
    const { clock, far, cache } = setup();
    far.mode = 'frozen';
    const clear = cache.clear();
    await clock.advance(61_000);
    expect(await clear).toMatchObject({ acknowledged: false });
    const read = cache.getOrSet('x', () => 'loaded');
    await clock.advance(1_000);
    expect(await read).toBe('loaded');
  });
});

describe('stale service', () => {
  it('after an expire by tag ends when its window ends, however often it is read', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock });
    await cache.set('k', 'old', { ttl: '1h', swr: '10s', tags: ['t'] });
    await clock.advance(60_000);
    await cache.invalidateTags(['t'], { mode: 'expire' });
    for (let second = 0; second < 9; second += 1) {
      expect(await cache.get('k')).toBe('old');
      await clock.advance(1_000);
    }
    await clock.advance(2_000);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('does not slide: an expired entry stays expired', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock });
    await cache.set('k', 'old', { ttl: '60s', swr: '60s', sliding: true });
    await cache.expire('k');
    expect(await cache.get('k')).toBe('old');
    expect(await cache.ttl('k')).toBeUndefined();
    expect((await cache.inspect('k')).outcome).toBe('stale');
  });
});

describe('what others throw', () => {
  it('a logger and listeners that fail disturb nothing', async () => {
    const { clock } = setup();
    const broken = (): never => {
      throw new Error('logger');
    };
    const far = new FaultyBackend(new MemoryBackend({ clock }), { clock });
    const cache = createCache({ clock, l2: far, logger: { debug: broken, warn: broken, error: broken } });
    cache.on('entry.missed', () => Promise.reject(new Error('listener')) as unknown as undefined);
    cache.on('entry.missed', broken);
    far.mode = 'down';
    expect(await cache.getOrSet('k', () => 1)).toBe(1);
    expect(await cache.get('other')).toBeUndefined();
  });

  it('a value whose properties cannot be read, or that is mostly holes, is returned and not stored', async () => {
    const cache = createCache();
    const trap = {
      get field(): never {
        throw new Error('getter');
      },
    };
    expect(await cache.getOrSet<unknown>('a', () => trap)).toBe(trap);
    const holes = new Array<number>(100_000_000);
    expect(await cache.getOrSet<unknown>('b', () => holes)).toBe(holes);
    expect(await cache.size()).toBe(0);
  });
});

describe('a namespace', () => {
  it('refuses options that are those of the whole cache', () => {
    for (const option of ['staleness', 'maxConcurrentLoads', 'l2Timeout', 'clock']) {
      expect(() => createCache().namespace('n', { [option]: 1 })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    }
  });
});

describe('what is no list', () => {
  it('is refused with a code', async () => {
    const cache = createCache();
    const nothing = null as unknown as never;
    await expect(cache.getMany(nothing)).rejects.toMatchObject({ code: 'ERR_KEY' });
    await expect(cache.deleteMany(nothing)).rejects.toMatchObject({ code: 'ERR_KEY' });
    await expect(cache.setMany(nothing)).rejects.toMatchObject({ code: 'ERR_VALUE' });
    await expect(cache.clear(nothing)).rejects.toMatchObject({ code: 'ERR_PATTERN' });
    await expect(cache.getOrSetMany(['a'], nothing)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});
