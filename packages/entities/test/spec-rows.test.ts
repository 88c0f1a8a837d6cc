import { FakeClock } from '@keepsake/core/testing';
import { createPhotoCache } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';
import { keysOf, SETTINGS } from './caches.ts';
import { ROWS } from './spec-rows.ts';

describe.each(SETTINGS)('the domain on $name', ({ make }) => {
  describe.each(ROWS)('$name', ({ key, ttl: [shortest, longest], set, get }) => {
    it(`lies at its key and lives as long as it should`, async () => {
      const clock = new FakeClock();
      const cache = make(clock);
      const photos = createPhotoCache(cache, { clock });
      expect(await set(photos, { a: 1 })).toBe(true);
      expect(await keysOf(cache)).toEqual([key]);
      expect(await get(photos)).toEqual({ a: 1 });
      const ttl = await cache.ttl(key);
      expect(ttl).toBeGreaterThanOrEqual(shortest);
      expect(ttl).toBeLessThanOrEqual(longest);
      await clock.advance(longest * 1_000);
      expect(await get(photos)).toBeUndefined();
    });

    it('draws a TTL out of its range for each store, evenly', async () => {
      const clock = new FakeClock();
      const cache = make(clock);
      const draws = Array.from({ length: 100 }, (_, i) => i / 100);
      const photos = createPhotoCache(cache, { clock, random: () => draws.shift() ?? 0 });
      const ttls: number[] = [];
      while (draws.length > 0) {
        await cache.clear();
        if (shortest === longest) draws.shift();
        await set(photos, { a: 1 });
        ttls.push((await cache.ttl(key)) ?? NaN);
      }
      expect(Math.min(...ttls)).toBeCloseTo(shortest, 3);
      for (const [i, ttl] of ttls.entries()) {
        expect(ttl).toBeCloseTo(shortest + ((longest - shortest) * i) / 100, 1);
      }
    });

    it('obeys a TTL of the call', async () => {
      const clock = new FakeClock();
      const cache = make(clock);
      await set(createPhotoCache(cache, { clock }), 1, { ttl: 17 });
      expect(await cache.ttl(key)).toBe(17);
    });

    it.each([[0], [''], [false], [null], [[]], [NaN]])('gives %j back as a hit', async (value) => {
      const clock = new FakeClock();
      const cache = make(clock);
      const photos = createPhotoCache(cache, { clock });
      expect(await set(photos, value)).toBe(true);
      expect(await get(photos)).toEqual(value);
      const { hits, misses } = await cache.stats();
      expect([hits, misses]).toEqual([1, 0]);
    });
  });

  it('counts downloads at a key that never expires', async () => {
    const clock = new FakeClock();
    const cache = make(clock);
    await createPhotoCache(cache, { clock }).incrementDownloadCount(7);
    expect(await keysOf(cache)).toEqual(['photo:7:downloads']);
    expect(await cache.ttl('photo:7:downloads')).toBe(Infinity);
  });

  it('keeps an embedding what it is, four bytes a number', async () => {
    const clock = new FakeClock();
    const photos = createPhotoCache(make(clock), { clock });
    const embedding = Float32Array.from({ length: 512 }, (_, i) => i / 512);
    await photos.cacheFaceEmbedding('f1', embedding);
    expect(await photos.getCachedFaceEmbedding('f1')).toEqual(embedding);
  });
});
