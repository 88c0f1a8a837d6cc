import { createCache } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { DownloadCounter, type DownloadSink, MAX_SHOWN } from './download-counter.ts';

/** A table of photos with a column for the downloads. */
class Table implements DownloadSink {
  readonly totals = new Map<unknown, number>();
  readonly persisted: number[] = [];
  readonly failures: unknown[] = [];
  isDown = false;

  async load(photoId: unknown): Promise<number> {
    return this.totals.get(photoId) ?? 0;
  }

  async persist(photoId: unknown, total: number): Promise<void> {
    if (this.isDown) throw new Error('the database is down');
    this.persisted.push(total);
    this.totals.set(photoId, Math.max(total, this.totals.get(photoId) ?? 0));
  }

  failed(_: unknown, error: unknown): void {
    this.failures.push(error);
  }
}

const times = async (n: number, work: () => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < n; i += 1) await work();
};

describe('DownloadCounter', () => {
  it('counts from 1 where nothing lasts', async () => {
    const counter = new DownloadCounter(createCache(), undefined);
    expect(await counter.total(7)).toBe(0);
    expect([await counter.increment(7), await counter.increment(7), await counter.total(7)]).toEqual([
      1, 2, 2,
    ]);
    expect(await counter.total(8)).toBe(0);
  });

  it('gives the total of what was persisted and what is pending', async () => {
    const table = new Table();
    table.totals.set(7, 120);
    const counter = new DownloadCounter(createCache(), table);
    expect(await counter.total(7)).toBe(120);
    expect(await counter.increment(7)).toBe(121);
    expect(await counter.total(7)).toBe(121);
  });

  it('persists each tenth total, and never shows less than before while it does', async () => {
    const table = new Table();
    table.totals.set(7, 5);
    const counter = new DownloadCounter(createCache(), table);
    const shown: number[] = [];
    await times(30, async () => shown.push(await counter.increment(7), await counter.total(7)));
    expect(table.persisted).toEqual([10, 20, 30]);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(shown.at(-1)).toBe(35);
  });

  it('loses and doubles nothing when downloads come all at once, from two processes', async () => {
    const cache = createCache();
    const table = new Table();
    table.totals.set(7, 1_000);
    const counters = [new DownloadCounter(cache, table), new DownloadCounter(cache, table)];
    const totals = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => counters[i % 2]?.increment(7)),
    );
    expect(new Set(totals).size).toBe(200);
    expect(Math.max(...totals.map(Number))).toBe(1_200);
    expect(table.totals.get(7)).toBe(1_200);
  });

  it('never falls back when the store loses the counter, with a sink and without', async () => {
    for (const sink of [new Table(), undefined]) {
      const cache = createCache();
      const counter = new DownloadCounter(cache, sink);
      await times(15, () => counter.increment(7));
      await cache.clear();
      expect(await counter.total(7)).toBe(15);
      await cache.clear();
      expect(await counter.increment(7)).toBe(16);
      expect(await counter.total(7)).toBe(16);
    }
  });

  it('starts again at the last persisted total in a new process', async () => {
    const table = new Table();
    const before = new DownloadCounter(createCache(), table);
    await times(23, () => before.increment(7));
    expect(await new DownloadCounter(createCache(), table).total(7)).toBe(20);
  });

  it('goes on when the sink fails, says so, and makes up for it with the next total', async () => {
    const table = new Table();
    const counter = new DownloadCounter(createCache(), table);
    table.isDown = true;
    await times(10, () => counter.increment(7));
    expect(table.failures).toHaveLength(1);
    table.isDown = false;
    await times(10, () => counter.increment(7));
    expect(table.totals.get(7)).toBe(20);
  });

  it('refuses a sink that gives no count, and counts on afterwards', async () => {
    const table = new Table();
    table.totals.set(7, NaN);
    const counter = new DownloadCounter(createCache(), table);
    await expect(counter.increment(7)).rejects.toMatchObject({ code: 'ERR_COUNTER' });
    table.totals.set(7, 1);
    expect(await counter.increment(7)).toBe(2);
  });

  it('rejects for an empty id and for a store that was closed', async () => {
    const cache = createCache();
    const counter = new DownloadCounter(cache, undefined);
    await expect(counter.increment('')).rejects.toMatchObject({ code: 'ERR_KEY' });
    await cache.close();
    await expect(counter.increment(7)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  it('remembers what was shown of a bounded number of photos', async () => {
    const cache = createCache({ l1: { maxEntries: 10 } });
    const counter = new DownloadCounter(cache, undefined);
    await counter.increment('first');
    for (let i = 0; i < MAX_SHOWN; i += 1) await counter.increment(i);
    expect(await counter.total(MAX_SHOWN - 1)).toBe(1);
    expect(await counter.total('first')).toBe(0);
  });
});
