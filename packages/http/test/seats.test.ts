import { createCache, systemClock } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { FillSeats } from '../src/fill-seat.ts';
import { MAX_SEATS } from '../src/limits.ts';

describe('seats', () => {
  it('are so many at most, leave the loads of handlers their places, and come back', async () => {
    await using cache = createCache({ maxConcurrentLoads: MAX_SEATS + 1 });
    const seats = new FillSeats(cache, systemClock);
    const taken = await Promise.all(Array.from({ length: MAX_SEATS * 3 }, (_, i) => seats.take(`k${i}`)));
    const own = taken.filter((one) => one !== undefined);
    expect([own.length, seats.taken]).toEqual([MAX_SEATS, MAX_SEATS]);
    expect(await cache.getOrSet('inner', () => 1)).toBe(1);
    for (const one of own) if ('seat' in one) one.seat.leave();
    await expect.poll(() => seats.taken).toBe(0);
    expect(await cache.size()).toBe(1);
  });

  it('a second end counts for nothing', async () => {
    await using cache = createCache();
    const seating = await new FillSeats(cache, systemClock).take('k');
    if (!seating || !('seat' in seating)) throw new Error('a seat');
    await seating.seat.fill({ value: 'v', ttl: 60, tags: [] });
    seating.seat.leave();
    expect(await cache.get('k')).toBe('v');
  });
});
