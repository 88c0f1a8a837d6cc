import { createCache } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { createCounters } from '../counters/counters.ts';
import { MemoryCounterStore } from '../counters/memory-counter-store.ts';
import { createPhotoCache } from './photo-cache.ts';

describe('download counts', () => {
  it('are numbers in the cache where nothing is to last', async () => {
    const cache = createCache();
    const photos = createPhotoCache(cache);
    expect(await photos.getDownloadCount(7)).toBe(0);
    expect([await photos.incrementDownloadCount(7), await photos.incrementDownloadCount('7')]).toEqual([
      1, 2,
    ]);
    expect(await photos.getDownloadCount(7)).toBe(2);
    expect(await cache.get('photo:7:downloads')).toBe(2);
  });

  it('go over the counters that are given: totals on top of what was persisted', async () => {
    const stored = new Map([['7', 120]]);
    const counters = createCounters({
      store: new MemoryCounterStore(),
      sink: {
        load: async (ids) => ids.map((id) => ({ id, total: stored.get(id) ?? 0, number: 0 })),
        apply: async (batches) => {
          for (const { id, amount } of batches) stored.set(id, (stored.get(id) ?? 0) + amount);
          return [];
        },
      },
    });
    const photos = createPhotoCache(createCache(), { downloads: counters });
    expect(await photos.getDownloadCount(7)).toBe(120);
    expect(await photos.incrementDownloadCount(7, { operation: 'one' })).toBe(121);
    expect(await photos.incrementDownloadCount(7, { operation: 'one' })).toBe(121);
    expect(stored.get('7')).toBe(120);
    await counters.close();
    expect(stored.get('7')).toBe(121);
  });

  it('reject for an empty id, a closed store, and an operation that nothing would remember', async () => {
    const cache = createCache();
    const photos = createPhotoCache(cache);
    await expect(photos.incrementDownloadCount('')).rejects.toMatchObject({ code: 'ERR_KEY' });
    await expect(photos.getDownloadCount('')).rejects.toMatchObject({ code: 'ERR_KEY' });
    const once = photos.incrementDownloadCount(7, { operation: 'one' });
    await expect(once).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await cache.close();
    await expect(photos.incrementDownloadCount(7)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
