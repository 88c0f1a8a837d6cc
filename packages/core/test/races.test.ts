import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

/** A cache on memory, and one on two tiers: every race must end the same on both. */
const setups: [string, (clock: FakeClock) => Cache][] = [
  ['memory', (clock) => createCache({ clock })],
  [
    'two tiers',
    (clock) =>
      createCache({ clock, l2: new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true }) }),
  ],
  [
    'far tier only',
    (clock) =>
      createCache({ clock, l1: false, l2: new FaultyBackend(new MemoryBackend({ clock }), { clock }) }),
  ],
];

describe.each(setups)('a load that is overtaken, on %s', (_, make) => {
  /** A loader that reads v1 and takes 60 ms, and a source that changes to v2 after 20 ms. */
  const race = async (
    change: (cache: Cache) => Promise<unknown>,
    tags: string[] = [],
  ): Promise<{ first: string; late: string; after: string | undefined; loads: number }> => {
    const clock = new FakeClock();
    const cache = make(clock);
    let source = 'v1';
    let loads = 0;
    const loader = async (): Promise<string> => {
      loads += 1;
      const seen = source;
      await new Promise<void>((resolve) => clock.setTimer(resolve, 60));
      return seen;
    };
    const first = cache.getOrSet('k', loader, { tags });
    await clock.advance(20);
    source = 'v2';
    await change(cache);
    const late = cache.getOrSet('k', loader, { tags });
    await clock.advance(200);
    return { first: await first, late: await late, after: await cache.get('k'), loads };
  };

  it('is not stored after a delete, and a later caller does not join it', async () => {
    const result = await race((cache) => cache.delete('k'));
    expect(result).toMatchObject({ first: 'v1', late: 'v2', after: 'v2', loads: 2 });
  });

  it('does not overwrite a newer set', async () => {
    const result = await race((cache) => cache.set('k', 'v2'));
    expect(result).toMatchObject({ first: 'v1', late: 'v2', after: 'v2', loads: 1 });
  });

  it('is not stored after its tag was invalidated, and a later caller does not join it', async () => {
    const result = await race((cache) => cache.invalidateTags(['t']), ['t']);
    expect(result).toMatchObject({ first: 'v1', late: 'v2', after: 'v2', loads: 2 });
  });

  it('is not stored after a clear, by pattern or of everything', async () => {
    for (const pattern of ['k*', undefined]) {
      const result = await race((cache) => cache.clear(pattern));
      expect(result).toMatchObject({ late: 'v2', after: 'v2', loads: 2 });
    }
  });

  it('is not stored after an expire', async () => {
    const result = await race((cache) => cache.expire('k'));
    expect(result).toMatchObject({ late: 'v2', after: 'v2', loads: 2 });
  });

  it('is not stored when the loader names its tag only after that tag was invalidated', async () => {
    const clock = new FakeClock();
    const cache = make(clock);
    const load = cache.getOrSet('k', async ({ addTags }) => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 50));
      addTags('late');
      return 'old';
    });
    await clock.advance(20);
    await cache.invalidateTags(['late']);
    await clock.advance(100);
    expect(await load).toBe('old');
    expect(await cache.get('k')).toBeUndefined();
  });

  it('is overtaken by a forced refresh: the older value never lands on top', async () => {
    const clock = new FakeClock();
    const cache = make(clock);
    const slow = cache.getOrSet('k', async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 100));
      return 'old';
    });
    await clock.advance(10);
    const forced = cache.getOrSet('k', async () => 'new', { forceRefresh: true });
    await clock.advance(200);
    expect([await slow, await forced, await cache.get('k')]).toEqual(['old', 'new', 'new']);
  });

  it('a fence from before an invalidation stores nothing', async () => {
    const clock = new FakeClock();
    const cache = make(clock);
    const { fence, outcome } = await cache.inspect('k');
    expect(outcome).toBe('miss');
    await cache.delete('k');
    expect(await cache.set('k', 'old', { fence })).toBe(false);
    expect(await cache.get('k')).toBeUndefined();
    const again = await cache.inspect('k');
    expect(await cache.set('k', 'new', { fence: again.fence })).toBe(true);
    expect(await cache.get('k')).toBe('new');
  });
});
