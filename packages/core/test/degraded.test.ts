import { type BackendEvent, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

const setup = (
  options = {},
): {
  clock: FakeClock;
  far: FaultyBackend;
  cache: ReturnType<typeof createCache>;
  other: ReturnType<typeof createCache>;
} => {
  const clock = new FakeClock();
  const shared = new MemoryBackend({ clock });
  const far = new FaultyBackend(shared, { clock, shared: true });
  // Another process on the same data, whose way to it never fails.
  const other = createCache({ clock, l1: false, l2: shared });
  return { clock, far, cache: createCache({ clock, l2: far, ...options }), other };
};

/** Runs a call while the clock moves on. */
const during = async <T>(clock: FakeClock, ms: number, call: Promise<T>): Promise<T> => {
  const settled = Promise.allSettled([call]);
  await clock.advance(ms);
  await settled;
  return call;
};

describe.each(['down', 'frozen', 'lost-reply'] as const)('with the far tier %s', (mode) => {
  it('reads are misses within the deadline, and the loader answers', async () => {
    const { clock, far, cache } = setup();
    far.mode = mode === 'lost-reply' ? 'down' : mode;
    const startedAt = clock.now();
    let answeredAt = Infinity;
    const get = cache.get('k').then((value) => {
      answeredAt = clock.now();
      return value;
    });
    expect(await during(clock, 1_000, get)).toBeUndefined();
    expect(answeredAt - startedAt).toBeLessThanOrEqual(250);
    expect(
      await during(
        clock,
        2_000,
        cache.getOrSet('k', () => 'loaded'),
      ),
    ).toBe('loaded');
    expect([...(await during(clock, 2_000, cache.getMany(['a', 'b'])))]).toEqual([]);
    expect((await during(clock, 10_000, cache.stats())).errors).toBeGreaterThan(0);
  });

  it('a set says that nothing was stored, and nothing is served in its place', async () => {
    const { clock, far, cache } = setup();
    await cache.set('k', 'old');
    far.mode = mode;
    expect(await during(clock, 1_000, cache.set('k', 'new'))).toBe(false);
    far.mode = 'up';
    expect(await cache.get('k')).toBe(mode === 'lost-reply' ? 'new' : 'old');
  });

  it('a removal says that it waits, and is replayed before this process reads again', async () => {
    const { clock, far, cache } = setup();
    const events: string[] = [];
    cache.on('invalidation.deferred', () => events.push('deferred'));
    cache.on('invalidation.replayed', ({ count }) => events.push(`replayed ${count}`));
    await cache.setMany({ a: 1, b: 'two', c: 'three' }, { tags: ['t'] });
    far.mode = mode;
    expect(await during(clock, 1_000, cache.delete('a'))).toEqual({ acknowledged: false, count: undefined });
    expect(await during(clock, 1_000, cache.invalidateTags(['t']))).toMatchObject({ acknowledged: false });
    expect(await during(clock, 1_000, cache.get('b'))).toBeUndefined();
    far.mode = 'up';
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(events.filter((event) => event === 'deferred')).toHaveLength(2);
    expect(events.at(-1)).toMatch(/^replayed/);
  });

  it.each(['another removal', 'the end of the process'])(
    'a removal that waits is replayed by %s',
    async (next) => {
      const { clock, far, cache, other } = setup();
      await other.setMany({ a: 'old', b: 'old' });
      far.mode = mode;
      expect((await during(clock, 1_000, cache.delete('a'))).acknowledged).toBe(false);
      let replayed = 0;
      cache.on('invalidation.replayed', ({ count }) => (replayed += count));
      far.mode = 'up';
      await (next === 'another removal' ? cache.delete('b') : cache.close());
      await clock.advance(0);
      expect(replayed).toBe(1);
      // To close the cache is to close what both share.
      if (next === 'another removal') expect(await other.get('a')).toBeUndefined();
    },
  );

  it('a counter rejects: it is never silently wrong', async () => {
    const { clock, far, cache } = setup({ l2Timeout: '250ms' });
    if (mode === 'frozen') return; // the port obliges a backend to answer: a frozen one is the backend's matter
    far.mode = mode;
    await expect(during(clock, 1_000, cache.increment('n'))).rejects.toMatchObject({
      code: 'ERR_UNAVAILABLE',
    });
  });
});

describe('a far tier whose answers come after the deadline', () => {
  it('is given back the right to fill that came too late: nobody else waits for it', async () => {
    const { clock, far, cache } = setup({ l2Timeout: '250ms' });
    far.delayMs = 300;
    const call = cache.getOrSet('k', () => 'loaded');
    await clock.advance(260);
    expect(await call).toBe('loaded');
    expect(far.calls).toEqual(['get']);
    far.delayMs = 0;
    await clock.advance(100);
    expect(far.calls).toEqual(['get', 'release']);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
  });

  it('is given back a right that was taken in place of another’s', async () => {
    const { clock, far, cache } = setup({ l2Timeout: '250ms' });
    far.delayMs = 300;
    const call = cache.getOrSet('k', () => 'loaded', { forceRefresh: true });
    await clock.advance(260);
    expect(await call).toBe('loaded');
    far.delayMs = 0;
    await clock.advance(100);
    expect(far.calls).toEqual(['capture', 'release']);
  });
});

describe('a process that stood still past the deadline of a call', () => {
  const after = async (stallMs: number): Promise<unknown> => {
    const { clock, far, cache, other } = setup({ l2Timeout: '250ms' });
    await other.set('k', 'stored');
    far.delayMs = 255;
    const call = cache.get('k');
    await clock.advance(1);
    clock.block(stallMs);
    await clock.advance(260);
    return call;
  };

  it('looks at what came meanwhile before it calls the store late', async () => {
    expect(await after(400)).toBe('stored');
  });

  it('waits no longer for a store that is late by itself', async () => {
    expect(await after(0)).toBeUndefined();
  });
});

describe('the bound on staleness without a bus', () => {
  it('another process sees a removal at the latest after Δ', async () => {
    const { clock, cache, other } = setup({ staleness: '500ms' });
    await other.set('k', 'old');
    expect(await cache.get('k')).toBe('old');
    await clock.advance(300);
    await other.set('k', 'new');
    expect(await cache.get('k')).toBe('old'); // from its own memory, inside the bound
    await clock.advance(200);
    expect(await cache.get('k')).toBe('new');
  });

  it('a slow load counts from its beginning', async () => {
    const { clock, cache, other } = setup({ staleness: '500ms' });
    const load = cache.getOrSet('k', async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 450));
      return 'old';
    });
    await clock.advance(460);
    expect(await load).toBe('old');
    await other.set('k', 'new');
    await clock.advance(50);
    expect(await cache.get('k')).toBe('new');
  });

  it('a process reads its own writes and removals at once', async () => {
    const { cache } = setup();
    await cache.set('k', 'a');
    expect(await cache.get('k')).toBe('a');
    await cache.set('k', 'b');
    expect(await cache.get('k')).toBe('b');
    await cache.delete('k');
    expect(await cache.get('k')).toBeUndefined();
  });
});

describe('the journal', () => {
  it('holds at most 10,000 removals, then clears all instead', async () => {
    const { far, cache } = setup();
    await cache.set('survivor', 1);
    far.mode = 'down';
    for (let i = 0; i < 120; i += 1) {
      await cache.deleteMany(Array.from({ length: 100 }, (_, j) => `k${i * 100 + j}`));
    }
    far.mode = 'up';
    far.calls.length = 0;
    expect(await cache.get('survivor')).toBeUndefined();
    expect(far.calls.filter((call) => call === 'clear')).toHaveLength(1);
    expect(far.calls.filter((call) => call === 'removeMany').length).toBeLessThan(100);
  });
});

it('a far tier that says itself that it is back is told of once', async () => {
  const shared = new MemoryBackend();
  const tell: ((event: BackendEvent) => void)[] = [];
  const far = Object.assign(new FaultyBackend(shared, { shared: true }), {
    subscribe: (listener: (event: BackendEvent) => void) => {
      tell.push(listener);
      return () => undefined;
    },
  });
  const cache = createCache({ l1: false, l2: far });
  let recoveries = 0;
  cache.on('backend.recovered', () => (recoveries += 1));
  far.mode = 'down';
  await cache.get('k');
  far.mode = 'up';
  for (const listener of tell) listener({ type: 'recovered' });
  await cache.get('k');
  expect(recoveries).toBe(1);
});
