import { createCache, type Fence } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { MAX_OPEN_MISSES, MISS_WINDOW_MS, MissBook } from './miss-book.ts';

const cache = createCache();
const fenceOf = async (key: string): Promise<Fence> => (await cache.inspect(key)).fence;

describe('MissBook', () => {
  it('shows the fence of the first miss until as many sets as misses were stored, then refuses', async () => {
    const book = new MissBook(new FakeClock());
    const first = await fenceOf('k');
    const note = await book.note('k', async () => first);
    await book.note('k', () => expect.unreachable('a note is open already'));
    expect(await book.claim('k')).toMatchObject({ kind: 'fill', fence: first });
    book.settle(note, 'stored');
    expect(await book.claim('k')).toMatchObject({ kind: 'fill', fence: first });
    book.settle(note, 'same');
    expect(await book.claim('k')).toMatchObject({ kind: 'refuse' });
  });

  it('begins anew with the first miss after all are answered', async () => {
    const book = new MissBook(new FakeClock());
    book.settle(await book.note('k', async () => fenceOf('k')), 'stored');
    const newer = await fenceOf('k');
    await book.note('k', async () => newer);
    expect(await book.claim('k')).toMatchObject({ kind: 'fill', fence: newer });
  });

  it('refuses everybody for a window after a set that met a change', async () => {
    const clock = new FakeClock();
    const book = new MissBook(clock);
    book.settle(await book.note('k', async () => fenceOf('k')), 'other');
    await book.note('k', () => expect.unreachable('nobody may store'));
    expect(await book.claim('k')).toMatchObject({ kind: 'refuse' });
    clock.block(MISS_WINDOW_MS - 1);
    await book.note('k', () => expect.unreachable('nobody may store'));
    clock.block(1);
    expect(await book.claim('k')).toMatchObject({ kind: 'refuse' });
    await book.note('k', async () => fenceOf('k'));
    expect(await book.claim('k')).toMatchObject({ kind: 'fill' });
  });

  it('lets nobody store where no fence could be had', async () => {
    const book = new MissBook(new FakeClock());
    await book.note('k', async () => undefined);
    expect(await book.claim('k')).toMatchObject({ kind: 'refuse' });
  });

  it('gives up misses without a set a window after the last of them', async () => {
    const clock = new FakeClock();
    const book = new MissBook(clock);
    await book.note('k', async () => fenceOf('k'));
    clock.block(MISS_WINDOW_MS - 1);
    await book.note('k', () => expect.unreachable('a note is open already'));
    clock.block(MISS_WINDOW_MS - 1);
    expect(await book.claim('k')).toMatchObject({ kind: 'fill' });
    clock.block(1);
    expect(await book.claim('k')).toEqual({ kind: 'plain' });
    expect(book.size).toBe(0);
  });

  it('forgets a miss that was taken back, and one whose fence could not be asked for', async () => {
    const book = new MissBook(new FakeClock());
    book.withdraw('k', await book.note('k', async () => undefined));
    await expect(book.note('k', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(book.size).toBe(0);
  });

  it('holds its bound, and refuses what may have been dropped until its window is over', async () => {
    const clock = new FakeClock();
    const book = new MissBook(clock);
    for (let i = 0; i < MAX_OPEN_MISSES * 10; i += 1) await book.note(`k${i}`, async () => undefined);
    expect(book.size).toBe(MAX_OPEN_MISSES);
    expect(await book.claim('k0')).toMatchObject({ kind: 'refuse' });
    clock.block(MISS_WINDOW_MS);
    expect(await book.claim('k0')).toEqual({ kind: 'plain' });
  });
});
