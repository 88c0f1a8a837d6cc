import { createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, memoryBus } from '@keepsake/core/testing';
import { transactional } from '@keepsake/core/transactions';
import { describe, expect, it } from 'vitest';

describe('getSync', () => {
  it('gives what memory holds, each caller its own, and counts a hit', async () => {
    const cache = createCache();
    await cache.set(['a:b', 'c'], { list: [1] });
    cache.getSync<{ list: number[] }>(['a:b', 'c'])?.list.push(2);
    expect(cache.getSync(['a:b', 'c'])).toEqual({ list: [1] });
    expect(await cache.stats()).toMatchObject({ hits: 2, misses: 0 });
  });

  it('counts no miss, and leaves it to `get` to look further', async () => {
    const l2 = new MemoryBackend();
    await createCache({ l1: false, l2 }).set('k', 'of another');
    const cache = createCache({ l2 });
    expect(cache.getSync('k')).toBeUndefined();
    expect(await cache.stats()).toMatchObject({ hits: 0, misses: 0 });
    expect(await cache.get('k')).toBe('of another');
    expect(cache.getSync('k')).toBe('of another');
  });

  it('gives a stale value inside `swr` and none after it', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 10, swr: 10, ttlJitter: 0 });
    await cache.set('k', 1);
    await clock.advance(15_000);
    expect(cache.getSync('k')).toBe(1);
    await clock.advance(10_000);
    expect(cache.getSync('k')).toBeUndefined();
  });

  it('gives nothing that was removed, remembered as absent, or stored by nobody near', async () => {
    const cache = createCache();
    await cache.set('k', 1);
    await cache.delete('k');
    expect(cache.getSync('k')).toBeUndefined();
    await cache.getOrSet('absent', () => undefined, { negativeTtl: 10 });
    expect(cache.getSync('absent')).toBeUndefined();
    const far = createCache({ l1: false, l2: new MemoryBackend() });
    await far.set('k', 1);
    expect(far.getSync('k')).toBeUndefined();
  });

  it('is never staler than `get`: not past `staleness`, not while the bus is lost', async () => {
    const clock = new FakeClock();
    const alone = createCache({ clock, l2: new MemoryBackend({ clock }), staleness: '500ms' });
    await alone.set('k', 'one');
    expect(alone.getSync('k')).toBe('one');
    await clock.advance(501);
    expect(alone.getSync('k')).toBeUndefined();

    const bus = memoryBus({ clock });
    const heard = createCache({ clock, l2: new MemoryBackend({ clock }), bus, staleness: '500ms' });
    await heard.connect();
    await heard.set('k', 'one');
    expect(await heard.get('k')).toBe('one');
    expect(heard.getSync('k')).toBe('one');
    bus.connections[0]?.cut();
    await clock.advance(501);
    expect(heard.getSync('k')).toBeUndefined();
  });

  it('gives nothing inside a transaction, which may see rows that nobody else sees', async () => {
    const { cache, afterCommit } = transactional(createCache());
    await cache.set('k', 1);
    expect(cache.getSync('k')).toBe(1);
    await afterCommit(async () => {
      expect(cache.getSync('k')).toBeUndefined();
    });
  });

  it('refuses what is no key', () => {
    const cache = createCache();
    expect(() => cache.getSync(7 as unknown as string)).toThrow(expect.objectContaining({ code: 'ERR_KEY' }));
  });
});
