import { createCache, type Fence } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { MAX_OPEN_MISSES, MISS_WINDOW_MS, MissBook } from './miss-book.ts';

const cache = createCache();
const fenceOf = async (key: string): Promise<Fence> => (await cache.inspect(key)).fence;

describe('MissBook', () => {
  it('keeps the fence of the oldest miss until each miss has had its set', async () => {
    const book = new MissBook(new FakeClock());
    const oldest = await fenceOf('k');
    await book.note('k', async () => oldest);
    await book.note('k', () => expect.unreachable('a fence is open already'));
    expect(await book.settle('k')).toEqual({ kind: 'fill', fence: oldest });
    expect(await book.settle('k')).toEqual({ kind: 'fill', fence: oldest });
    expect(await book.settle('k')).toEqual({ kind: 'plain' });
  });

  it('lets nobody store where no fence could be had', async () => {
    const book = new MissBook(new FakeClock());
    await book.note('k', async () => undefined);
    expect(await book.settle('k')).toEqual({ kind: 'refuse' });
  });

  it('gives up a miss without a set after its window', async () => {
    const clock = new FakeClock();
    const book = new MissBook(clock);
    const [abandoned, newer] = [await fenceOf('k'), await fenceOf('k')];
    await book.note('k', async () => abandoned);
    clock.block(MISS_WINDOW_MS);
    await book.note('k', async () => newer);
    expect(await book.settle('k')).toEqual({ kind: 'fill', fence: newer });
    expect(book.size).toBe(0);
  });

  it('forgets a miss whose fence could not be asked for', async () => {
    const book = new MissBook(new FakeClock());
    await expect(book.note('k', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(book.size).toBe(0);
  });

  it('holds its bound, and refuses what may have been dropped until its window is over', async () => {
    const clock = new FakeClock();
    const book = new MissBook(clock);
    for (let i = 0; i < MAX_OPEN_MISSES * 10; i += 1) await book.note(`k${i}`, async () => undefined);
    expect(book.size).toBe(MAX_OPEN_MISSES);
    expect(await book.settle('k0')).toEqual({ kind: 'refuse' });
    clock.block(MISS_WINDOW_MS);
    expect(await book.settle('k0')).toEqual({ kind: 'plain' });
  });
});
