import { FakeClock } from '@keepsake/core/testing';
import { MemoryCounterStore } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';
import { counterStoreSuite } from './counter-store-suite.ts';

const RULE = { every: 10, afterMs: 1_000 };
const MINUTE_MS = 60_000;

counterStoreSuite('memory', async () => {
  const clock = new FakeClock();
  const store = new MemoryCounterStore({ clock });
  return { store, peer: store, wait: (ms) => clock.advance(ms), close: async () => store.close() };
});

describe('the memory counter store', () => {
  const idOf = (at: number): string => `c${at}`;

  it('holds a bounded number of counters: the settled and unused go, what is pending stays', () => {
    const clock = new FakeClock();
    const store = new MemoryCounterStore({ clock, maxCounters: 10 });
    store.seed([{ id: 'pending', total: 5, number: 0 }]);
    store.add('pending', 1, RULE, undefined);
    for (let at = 0; at < 100; at += 1) {
      store.seed([{ id: idOf(at), total: at, number: 0 }]);
      clock.block(MINUTE_MS);
    }
    expect(store.size).toBe(10);
    expect(store.read(['pending', idOf(99), idOf(0)])).toEqual([6, 99, undefined]);
  });

  it('gives totals of more counters than it has room for, and counts none of these', () => {
    const store = new MemoryCounterStore({ maxCounters: 2 });
    const origins = [1, 2, 3].map((at) => ({ id: idOf(at), total: at, number: 0 }));
    expect(store.seed(origins)).toEqual([1, 2, 3]);
    expect([store.add(idOf(1), 1, RULE, undefined)?.total, store.add(idOf(3), 1, RULE, undefined)]).toEqual([
      2,
      undefined,
    ]);
    expect(store.size).toBe(2);
  });

  it('refuses a bound that is none', () => {
    for (const maxCounters of [0, -1, NaN, 1.5]) {
      expect(() => new MemoryCounterStore({ maxCounters })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    }
  });

  it('remembers an operation for ten minutes', () => {
    const clock = new FakeClock();
    const store = new MemoryCounterStore({ clock });
    store.seed([{ id: 'a', total: 0, number: 0 }]);
    const count = (): number | undefined => store.add('a', 1, RULE, 'one')?.total;
    expect([count(), count()]).toEqual([1, 1]);
    clock.block(10 * MINUTE_MS - 1);
    expect(count()).toBe(1);
    clock.block(1);
    expect(count()).toBe(2);
  });
});
