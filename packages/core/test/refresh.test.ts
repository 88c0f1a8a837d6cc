import { createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => vi.restoreAllMocks());

const wait = (clock: FakeClock, ms: number): Promise<void> =>
  new Promise((resolve) => clock.setTimer(resolve, ms));

describe('early refresh', () => {
  /** A loader that takes 1 s, an entry of 100 s; `draw` is what the dice say. */
  const readAt = async (ms: number, draw: number, beta = 1): Promise<number> => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 100, earlyRefresh: { beta } });
    let loads = 0;
    const read = (): Promise<number> =>
      cache.getOrSet('k', async () => {
        await wait(clock, 1_000);
        return (loads += 1);
      });
    const first = read();
    await clock.advance(1_000);
    await first;
    await clock.advance(ms);
    vi.spyOn(Math, 'random').mockReturnValue(draw);
    expect(await read()).toBe(1); // what is there is served at once
    vi.restoreAllMocks();
    await clock.advance(2_000);
    return loads;
  };

  it('loads behind a fresh value, the likelier the closer the end', async () => {
    // -ln(0.5) x 1 s of cost = 0.69 s ahead of time
    expect(await readAt(99_200, 0.5)).toBe(1);
    expect(await readAt(99_400, 0.5)).toBe(2);
    expect(await readAt(90_000, Math.exp(-11))).toBe(2);
  });

  it('is the more eager the greater beta', async () => {
    expect(await readAt(97_000, 0.5, 5)).toBe(2);
    expect(await readAt(97_000, 0.5, 0)).toBe(1);
  });
});

describe('stale while revalidate for many keys', () => {
  it('serves the stale ones at once and refreshes them together, behind', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 10, swr: 60 });
    const asked: string[][] = [];
    const load = async (missing: string[]): Promise<[string, number][]> => {
      asked.push(missing);
      await wait(clock, 100);
      return missing.map((key) => [key, asked.length]);
    };
    const first = cache.getOrSetMany(['a', 'b'], load);
    await clock.advance(100);
    await first;
    await clock.advance(11_000);
    expect([...(await cache.getOrSetMany(['a', 'b'], load))]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    await clock.advance(200);
    expect(asked).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(await cache.get('a')).toBe(2);
    expect((await cache.stats()).stale).toBe(2);
  });

  it('serves them after the soft timeout where grace allows', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 10, grace: '1h', softTimeout: '50ms' });
    await cache.set('a', 'old');
    await clock.advance(11_000);
    const both = cache.getOrSetMany(['a', 'b'], async (missing) => {
      await wait(clock, 1_000);
      return missing.map((key) => [key, 'new'] as const);
    });
    const alone = cache.getOrSet('a', () => 'never');
    await clock.advance(60);
    expect(await alone).toBe('old');
    await clock.advance(1_000);
    expect([...(await both)]).toEqual([
      ['a', 'old'],
      ['b', 'new'],
    ]);
    expect(await cache.get('a')).toBe('new');
  });
});

describe('a loader that fails while a stale value is at hand', () => {
  it('is left alone for a while, longer each time', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 10, grace: '1h' });
    await cache.set('k', 'old');
    await clock.advance(11_000);
    let calls = 0;
    const read = (): Promise<string> =>
      cache.getOrSet('k', () => {
        calls += 1;
        throw new Error('source down');
      });
    const callsAfter = async (ms: number): Promise<number> => {
      await clock.advance(ms);
      expect(await read()).toBe('old');
      return calls;
    };
    expect(await callsAfter(0)).toBe(1);
    expect(await callsAfter(0)).toBe(1);
    expect(await callsAfter(999)).toBe(1);
    expect(await callsAfter(2)).toBe(2);
    expect(await callsAfter(1_500)).toBe(2);
    expect(await callsAfter(600)).toBe(3);
    expect(await cache.getOrSet('k', () => 'forced', { forceRefresh: true })).toBe('forced');
    expect(await cache.get('k')).toBe('forced');
  });

  it('is asked at once where nothing stale is left', async () => {
    const cache = createCache({ grace: '1h' });
    let calls = 0;
    const read = (): Promise<unknown> =>
      cache
        .getOrSet('k', () => {
          calls += 1;
          throw new Error('source down');
        })
        .catch((error: unknown) => error);
    await read();
    await read();
    expect(calls).toBe(2);
  });
});

describe('a store that answers too late, time after time', () => {
  it('is left alone after five calls, tried once a second, and used again', async () => {
    const clock = new FakeClock();
    const far = new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true });
    const cache = createCache({ clock, l1: false, l2: far });
    const states: string[] = [];
    cache.on('breaker.changed', (event) => states.push(event.state));
    far.mode = 'frozen';
    const read = async (): Promise<void> => {
      const reading = cache.get('k');
      await clock.advance(250);
      expect(await reading).toBeUndefined();
    };
    for (let i = 0; i < 5; i += 1) await read();
    const asked = far.calls.length;
    expect(asked).toBe(5);
    const before = clock.now();
    expect(await cache.get('k')).toBeUndefined(); // at once
    expect(clock.now()).toBe(before);
    expect((await cache.delete('k')).acknowledged).toBe(false);
    expect(far.calls.length).toBe(asked);
    await clock.advance(1_000);
    await read();
    expect(far.calls.length).toBe(asked + 1);
    far.mode = 'up';
    await clock.advance(1_000);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.set('k', 1)).toBe(true);
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  });
});

describe('a refresh over a far tier', () => {
  /** A far tier whose entries seem made a little earlier or later each time they are read, as over a network. */
  const setUp = async (): Promise<{
    clock: FakeClock;
    cache: ReturnType<typeof createCache>;
    loads: () => number;
    read: () => Promise<number>;
  }> => {
    const clock = new FakeClock();
    const shared = new MemoryBackend({ clock });
    let sway = 0;
    const get = shared.get.bind(shared);
    shared.get = (key, intent) => {
      const found = get(key, intent);
      sway += 0.01;
      return 'reason' in found ? found : { ...found, createdAt: found.createdAt + Math.sin(sway) * 5 };
    };
    const cache = createCache({
      clock,
      l2: new FaultyBackend(shared, { clock, shared: true }),
      ttl: 100,
      swr: 100,
      earlyRefresh: true,
    });
    let loads = 0;
    const read = (): Promise<number> =>
      cache.getOrSet('k', async () => {
        loads += 1;
        const own = loads;
        await wait(clock, 1_000);
        return own;
      });
    const first = read();
    await clock.advance(1_000);
    await first;
    return { clock, cache, loads: () => loads, read };
  };

  it('loads once behind a stale value, and who comes meanwhile gets the stale one at once', async () => {
    const { clock, loads, read } = await setUp();
    await clock.advance(120_000);
    expect(await read()).toBe(1);
    await clock.advance(10);
    const before = clock.now();
    expect([await read(), await read()]).toEqual([1, 1]);
    expect(clock.now()).toBe(before);
    expect(loads()).toBe(2);
    await clock.advance(1_000);
    expect(await read()).toBe(2);
  });

  it('loads early, once, and who comes meanwhile gets the fresh one at once', async () => {
    const { clock, loads, read } = await setUp();
    await clock.advance(99_400);
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    expect(await read()).toBe(1);
    await clock.advance(10);
    expect(await read()).toBe(1);
    vi.restoreAllMocks();
    await clock.advance(1_000);
    expect(await read()).toBe(2);
    expect(loads()).toBe(2);
  });
});

describe('a stale value that was looked at, touched or expired again', () => {
  it('is stored anew by the next load after an inspect, whose fence may be forgotten', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 1, grace: '1h' });
    await cache.set('k', 'old');
    await clock.advance(2_000);
    await cache.inspect('k');
    expect(await cache.getOrSet('k', () => 'new')).toBe('new');
    expect(await cache.get('k')).toBe('new');
  });

  it('is fresh after a touch, even if its tag had expired it', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 1, swr: 10 });
    await cache.set('k', 'value', { tags: ['t'] });
    await cache.invalidateTags(['t'], { mode: 'expire' });
    expect(await cache.touch('k', 60)).toBe(true);
    await clock.advance(50_000);
    expect((await cache.inspect('k')).outcome).toBe('hit');
    await cache.invalidateTags(['t']);
    expect((await cache.inspect('k')).outcome).toBe('miss');
  });

  it('is stale no longer than its window, however often its tag is expired', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: '1h', swr: 10 });
    await cache.set('k', 'value', { tags: ['t'] });
    for (let i = 0; i < 3; i += 1) {
      await cache.invalidateTags(['t'], { mode: 'expire' });
      await cache.get('k');
      await clock.advance(4_000);
    }
    expect(await cache.get('k')).toBeUndefined();
  });

  it('is loaded at once if it became stale after the failure', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 1, grace: '1h' });
    const failing = (): string => {
      throw new Error('source down');
    };
    await cache.set('k', 'old');
    await clock.advance(2_000);
    expect(await cache.getOrSet('k', failing)).toBe('old');
    await cache.set('k', 'newer');
    await clock.advance(10);
    await cache.expire('k');
    expect(await cache.getOrSet('k', () => 'newest')).toBe('newest');
  });
});
