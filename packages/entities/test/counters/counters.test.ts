import { MemoryCounterStore, createCounters, type Counters, type FlushFailure } from '@keepsake/entities';
import type { CounterStore } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { Table } from './table.ts';

const INTERVAL_MS = 5_000;

let clock: FakeClock;
let table: Table;
let store: MemoryCounterStore;
let failures: FlushFailure[];
let counters: Counters;

const open = (on: CounterStore = store): Counters =>
  createCounters({ store: on, sink: table, clock, onFailure: (failure) => failures.push(failure) });

beforeEach(() => {
  clock = new FakeClock();
  table = new Table();
  store = new MemoryCounterStore({ clock });
  failures = [];
  counters = open();
});

const times = async (n: number, id = 'p'): Promise<number[]> => {
  const totals: number[] = [];
  for (let i = 0; i < n; i += 1) totals.push(await counters.increment(id));
  return totals;
};

describe('counters', () => {
  it('count from what the sink has', async () => {
    table.rows.set('p', { total: 120, number: 3 });
    expect(await counters.get('p')).toBe(120);
    expect(await counters.increment('p')).toBe(121);
    expect(await counters.increment('p', 5)).toBe(126);
    expect(await counters.get('p')).toBe(126);
    expect(await counters.get('other')).toBe(0);
  });

  it('take 7 and "7" for the same counter', async () => {
    await counters.increment(7);
    expect(await counters.increment('7')).toBe(2);
    expect(await counters.get(7n)).toBe(2);
  });

  it('count from what the sink has where its ids are numbers', async () => {
    table.rows.set('7', { total: 500, number: 3 });
    const load = table.load.bind(table);
    table.load = async (ids) =>
      (await load(ids)).map((origin) => ({ ...origin, id: Number(origin.id) as unknown as string }));
    expect(await counters.increment('7')).toBe(501);
    expect(await counters.get(7)).toBe(501);
  });

  it('give many totals in the order asked, with one load for those that are not known', async () => {
    table.rows.set('b', { total: 5, number: 1 });
    await counters.increment('a');
    table.loads.length = 0;
    expect([...(await counters.getMany(['b', 'a', 'c', 'b']))]).toEqual([['b', 5], ['a', 1], ['c', 0]]); // prettier-ignore
    expect(table.loads).toEqual([['b', 'c']]);
    expect(await counters.getMany([])).toEqual(new Map());
  });

  it('are loaded once for many who ask at the same time', async () => {
    table.rows.set('p', { total: 10, number: 1 });
    const totals = await Promise.all(Array.from({ length: 100 }, () => counters.increment('p')));
    expect(totals.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => 11 + i));
    expect(table.loads).toEqual([['p']]);
  });

  it('are flushed when ten are pending, and their totals go on', async () => {
    table.rows.set('p', { total: 5, number: 0 });
    expect(await times(9)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14]);
    await clock.advance(0);
    expect(table.total('p')).toBe(5);
    expect(await times(1)).toEqual([15]);
    await clock.advance(0);
    expect(table.total('p')).toBe(15);
    expect(await times(2)).toEqual([16, 17]);
  });

  it('are flushed after the interval, whatever their number', async () => {
    await times(3);
    await clock.advance(INTERVAL_MS * 2);
    expect(table.total('p')).toBe(3);
    expect(table.calls).toHaveLength(1);
    await clock.advance(INTERVAL_MS * 10);
    expect(table.calls).toHaveLength(1);
  });

  it('are flushed on request and at the end, by anyone, also while others count', async () => {
    await times(3);
    await counters.flush();
    expect(table.total('p')).toBe(3);
    await times(2);
    await counters.close();
    expect(table.total('p')).toBe(5);
    expect(clock.timers).toBe(0);
  });

  it('have what was still on its way when they were closed', async () => {
    const load = table.load.bind(table);
    table.load = async (ids) => {
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 500));
      return load(ids);
    };
    const total = counters.increment('p');
    const closed = counters.close();
    await clock.advance(1_000);
    expect([await total, await closed, table.total('p')]).toEqual([1, undefined, 1]);
  });

  it('are not held up by an increment that hangs when they are closed', async () => {
    table.mode = 'frozen';
    const late = expect(counters.increment('p')).rejects.toMatchObject({ name: 'CacheError' });
    const closed = expect(counters.close()).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await clock.advance(2_000);
    await closed;
    await clock.advance(5_000);
    await late;
  });

  it('go in batches of at most 100, and flush ends though counting goes on', async () => {
    const ids = Array.from({ length: 250 }, (_, i) => `p${i}`);
    await Promise.all(ids.map((id) => counters.increment(id)));
    const apply = table.apply.bind(table);
    table.apply = async (batches) => {
      for (const { id } of batches) await counters.increment(id);
      return apply(batches);
    };
    await counters.flush();
    expect(table.calls.map((batches) => batches.length).slice(0, 3)).toEqual([100, 100, 100]);
    expect(table.calls.length).toBeLessThan(7);
    for (const id of ids) expect(await counters.get(id)).toBeGreaterThanOrEqual(table.total(id));
  });

  it('rise to what others wrote into the sink', async () => {
    await times(1);
    table.rows.set('p', { total: 50, number: 0 });
    await counters.flush();
    expect(await counters.get('p')).toBe(51);
  });

  it('count an operation once', async () => {
    await counters.increment('p', 1, { operation: 'request 1' });
    expect(await counters.increment('p', 1, { operation: 'request 1' })).toBe(1);
  });

  it('whose row is gone are done with', async () => {
    table.apply = async () => [];
    await times(10);
    await clock.advance(INTERVAL_MS);
    expect(failures).toEqual([]);
    expect(store.take({ limit: 10, leaseMs: 1, isForced: true })).toEqual([]);
  });
});

describe('a sink that fails', () => {
  it('stops no counting; the batch stays, is tried again with pauses that double, and is told', async () => {
    await times(1);
    table.mode = 'down';
    expect(await times(10)).toHaveLength(10);
    await clock.advance(1_000);
    expect(failures.map(({ part, held, retryInMs }) => [part, held, retryInMs])).toEqual([
      ['sink', 1, 100],
      ['sink', 1, 200],
      ['sink', 1, 400],
      ['sink', 1, 800],
    ]);
    await clock.advance(600_000);
    expect(failures.at(-1)?.retryInMs).toBe(5_000);
    expect(failures.length).toBeLessThan(130);
    expect(await counters.get('p')).toBe(11);
    table.mode = 'up';
    await clock.advance(INTERVAL_MS * 3);
    expect(table.total('p')).toBe(11);
    await times(10);
    await clock.advance(0);
    expect(table.total('p')).toBe(21);
  });

  it.each(['lost-reply', 'frozen'] as const)('counts once: %s', async (mode) => {
    await times(1);
    table.mode = mode;
    await times(9);
    await clock.advance(6_000);
    expect(failures.length).toBeGreaterThan(0);
    table.mode = 'up';
    await clock.advance(30_000);
    expect(table.total('p')).toBe(10);
    expect(await counters.get('p')).toBe(10);
  });

  it('for one row holds up no other', async () => {
    table.broken.add('bad');
    const ids = ['a', 'b', 'bad', 'c', 'd'];
    for (const id of ids) await counters.increment(id);
    await expect(counters.flush()).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    expect(ids.map((id) => table.total(id))).toEqual([1, 1, 0, 1, 1]);
    await clock.advance(60_000);
    for (const id of ids) await counters.increment(id, 10);
    await clock.advance(INTERVAL_MS);
    expect(ids.map((id) => table.total(id))).toEqual([11, 11, 0, 11, 11]);
    table.broken.clear();
    await clock.advance(60_000);
    expect(table.total('bad')).toBe(11);
  });

  it('holds a bounded number of batches in hand', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `p${i}`);
    await Promise.all(ids.map((id) => counters.increment(id)));
    table.mode = 'down';
    await clock.advance(60_000);
    expect(Math.max(...failures.map(({ held }) => held))).toBe(100);
    table.mode = 'up';
    await clock.advance(60_000);
    expect(ids.every((id) => table.total(id) === 1)).toBe(true);
  });

  it('is told to whoever loads: nothing is counted on an unknown total', async () => {
    table.mode = 'down';
    await expect(counters.increment('p')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await expect(counters.get('p')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    table.mode = 'frozen';
    const late = expect(counters.increment('p')).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    await clock.advance(5_000);
    await late;
    table.mode = 'up';
    expect(await counters.increment('p')).toBe(1);
  });

  it.each([NaN, -1, 1.5, Infinity, '7'])('by a total of %s is refused', async (total) => {
    table.load = async (ids) => ids.map((id) => ({ id, total: total as number, number: 0 }));
    await expect(counters.increment('p')).rejects.toMatchObject({ code: 'ERR_COUNTER' });
  });

  it('makes close say, in time, that something is left, and why', async () => {
    await times(3);
    table.mode = 'down';
    const closed = expect(counters.close()).rejects.toMatchObject({
      code: 'ERR_UNAVAILABLE',
      message: 'close: not all was flushed within 2000 ms',
      cause: { message: 'flush: the sink failed', cause: expect.any(Error) },
    });
    await clock.advance(2_000);
    await closed;
    await expect(counters.increment('p')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(clock.timers).toBe(0);
  });

  it('and hangs makes close say it in time as well', async () => {
    await times(3);
    table.mode = 'frozen';
    const closed = expect(counters.close({ timeout: 1 })).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await clock.advance(1_000);
    await closed;
  });

  it('for a moment is no matter to close', async () => {
    await times(3);
    table.mode = 'down';
    const closed = counters.close();
    await clock.advance(300);
    table.mode = 'up';
    await clock.advance(300);
    await closed;
    expect(table.total('p')).toBe(3);
  });

  it('warns once where nobody listens, without the words of the error', async () => {
    const warnings: (Error & { code?: string })[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    const unheard = createCounters({ store, sink: table, clock });
    await unheard.increment('p');
    table.mode = 'down';
    await clock.advance(INTERVAL_MS * 4);
    process.off('warning', hear);
    const ours = warnings.filter(({ code }) => code === 'KEEPSAKE_COUNTERS_FLUSH');
    expect(ours.map(({ message }) => message)).toEqual([expect.stringContaining('(sink)')]);
    expect(ours[0]?.message).not.toContain('the database is down');
  });

  it.each([
    ['throws', () => expect.fail('of the listener')],
    ['rejects', () => Promise.reject(new Error('of the listener'))],
  ])('may be told to a listener that %s', async (_, onFailure: () => unknown) => {
    // A rejection that nobody hears fails the run.
    const careless = createCounters({ store, sink: table, clock, onFailure });
    await careless.increment('p');
    table.mode = 'down';
    await clock.advance(INTERVAL_MS * 2);
    table.mode = 'up';
    await clock.advance(60_000);
    expect(table.total('p')).toBe(1);
  });
});

describe('a store that fails', () => {
  const broken = (error: unknown): CounterStore => {
    const fail = (): never => {
      throw error;
    };
    return {
      name: 'broken',
      read: fail,
      seed: fail,
      add: fail,
      take: fail,
      settle: fail,
      close: () => undefined,
    };
  };

  it('rejects with a code, and its flusher goes on trying', async () => {
    const on = open(broken(new Error('gone')));
    await expect(on.increment('p')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await expect(on.get('p')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await expect(on.flush()).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await clock.advance(INTERVAL_MS + 1_000);
    expect(failures.map(({ part }) => part)).toContain('store');
  });

  it('between the sink and settling brings the batch again, and it counts once', async () => {
    await times(1);
    const settle = store.settle.bind(store);
    store.settle = () => {
      throw new Error('the store is away');
    };
    await times(9);
    await clock.advance(50);
    expect(table.total('p')).toBe(10);
    store.settle = settle;
    await clock.advance(1_000);
    expect([table.total('p'), await counters.get('p')]).toEqual([10, 10]);
    expect(table.calls.length).toBeGreaterThan(1);
  });

  it('that forgets each counter at once is not asked for ever', async () => {
    const full = open(new MemoryCounterStore({ clock, maxCounters: 1 }));
    await full.increment('first');
    await expect(full.increment('p')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    expect(table.loads).toHaveLength(4);
  });
});

describe('misuse of counters', () => {
  it('is refused at once', () => {
    const wrong: readonly unknown[] = [
      undefined,
      {},
      { store: new MemoryCounterStore() },
      { store: {}, sink: table },
      { store, sink: { load: () => [] } },
      { store, sink: table, flushEvery: 0 },
      { store, sink: table, flushEvery: 1.5 },
      { store, sink: table, onFailure: 7 },
    ];
    for (const options of wrong) {
      expect(() => createCounters(options as Parameters<typeof createCounters>[0])).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    }
    expect(() => createCounters({ store, sink: table, flushInterval: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_TTL' }),
    );
  });

  it('rejects by its kind', async () => {
    for (const by of [0, -1, NaN, 0.5, Infinity, 2 ** 53, '1']) {
      await expect(counters.increment('p', by as number)).rejects.toMatchObject({ code: 'ERR_COUNTER' });
    }
    for (const id of ['', undefined, null, {}, '\ud800', 'x'.repeat(1_025), 2 ** 53]) {
      await expect(counters.increment(id as string)).rejects.toMatchObject({ code: 'ERR_KEY' });
      await expect(counters.get(id as string)).rejects.toMatchObject({ code: 'ERR_KEY' });
    }
    for (const operation of ['', 'x'.repeat(201), 7]) {
      const options = { operation: operation as string };
      await expect(counters.increment('p', 1, options)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    }
    expect(await counters.get('p')).toBe(0);
  });
});
