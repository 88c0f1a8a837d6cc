/** What the port CounterStore promises, each promise a test, for every store alike. */
import type { CounterStore, FlushRule } from '@keepsake/core';
import { expect } from 'vitest';
import { afterEach, beforeEach, describe, it } from 'vitest';

/** Two instances on the same counters, as two processes have them. */
export interface CounterStoreHarness {
  readonly store: CounterStore;
  readonly peer: CounterStore;
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

const RULE: FlushRule = { every: 3, afterMs: 200 };
const LEASE_MS = 300;
const take = { limit: 100, leaseMs: LEASE_MS, isForced: false };
const takeAll = { ...take, isForced: true };
const LARGEST = Number.MAX_SAFE_INTEGER;

export const counterStoreSuite = (name: string, make: () => Promise<CounterStoreHarness>): void => {
  describe(`${name} counter store`, () => {
    let harness: CounterStoreHarness;
    let store: CounterStore;
    let peer: CounterStore;
    const add = async (id: string, by = 1, operation?: string) => store.add(id, by, RULE, operation);

    beforeEach(async () => {
      harness = await make();
      ({ store, peer } = harness);
    });
    afterEach(() => harness.close());

    it('does not know a counter before it is told its origin, and adds nothing to it', async () => {
      expect(await store.read(['a'])).toEqual([undefined]);
      expect(await add('a')).toBeUndefined();
      expect(await store.seed([{ id: 'a', total: 7, number: 0 }])).toEqual([7]);
      expect(await peer.read(['a', 'b'])).toEqual([7, undefined]);
    });

    it('keeps the first origin', async () => {
      await store.seed([{ id: 'a', total: 7, number: 0 }]);
      await add('a');
      expect(
        await peer.seed([
          { id: 'a', total: 100, number: 5 },
          { id: 'b', total: 1, number: 0 },
        ]),
      ).toEqual([8, 1]);
    });

    it('gives totals that rise by what is added', async () => {
      await store.seed([{ id: 'a', total: 10, number: 0 }]);
      expect(await add('a', 2)).toEqual({ total: 12, isDue: false });
      expect(await peer.add('a', 1, RULE, undefined)).toEqual({ total: 13, isDue: true });
    });

    it('refuses a total beyond 2^53-1, and adds nothing', async () => {
      await store.seed([{ id: 'a', total: LARGEST - 1, number: 0 }]);
      const beyond = async () => store.add('a', 2, RULE, 'operation');
      await expect(beyond()).rejects.toMatchObject({ code: 'ERR_COUNTER' });
      expect(await store.read(['a'])).toEqual([LARGEST - 1]);
      expect(await add('a', 1, 'operation')).toMatchObject({ total: LARGEST });
    });

    it('counts an operation once, whoever asks', async () => {
      await store.seed([{ id: 'a', total: 0, number: 0 }]);
      expect(await add('a', 1, 'one')).toMatchObject({ total: 1 });
      expect(await peer.add('a', 1, RULE, 'one')).toMatchObject({ total: 1 });
      expect(await add('a', 1, 'two')).toMatchObject({ total: 2 });
    });

    it('does not count an operation for an unknown counter, so that it can be asked for again', async () => {
      expect(await add('a', 1, 'one')).toBeUndefined();
      await store.seed([{ id: 'a', total: 0, number: 0 }]);
      expect(await add('a', 1, 'one')).toMatchObject({ total: 1 });
    });

    it('hands out what is due by its number at once, and what is due by time when it is', async () => {
      await store.seed(['many', 'few'].map((id) => ({ id, total: 0, number: 0 })));
      await add('few', 2);
      await add('many', 3);
      expect(await store.take(take)).toMatchObject([{ id: 'many', amount: 3 }]);
      await harness.wait(RULE.afterMs + 20);
      expect(await store.take({ ...take, leaseMs: 10_000 })).toMatchObject([{ id: 'few', amount: 2 }]);
    });

    it('hands out all that is pending where it is forced, and never more than the limit', async () => {
      const ids = Array.from({ length: 7 }, (_, at) => `c${at}`);
      await store.seed(ids.map((id) => ({ id, total: 0, number: 0 })));
      for (const id of ids) await add(id);
      const taken = [
        ...(await store.take({ ...takeAll, limit: 5, leaseMs: 10_000 })),
        ...(await store.take({ ...takeAll, limit: 5, leaseMs: 10_000 })),
      ];
      expect(taken.map(({ id }) => id).sort()).toEqual(ids);
      expect(await store.take({ ...takeAll, limit: 5 })).toEqual([]);
    });

    it('keeps the total while a batch is in flight, counts on, and lets nobody else have it', async () => {
      await store.seed([{ id: 'a', total: 10, number: 0 }]);
      await add('a', 3);
      const [batch] = await store.take({ ...take, leaseMs: 10_000 });
      expect(batch).toMatchObject({ id: 'a', amount: 3 });
      expect(await peer.read(['a'])).toEqual([13]);
      expect(await add('a', 5)).toEqual({ total: 18, isDue: false });
      expect(await peer.take(takeAll)).toEqual([]);
    });

    it('hands the same batch to the next one when the lease has ended', async () => {
      await store.seed([{ id: 'a', total: 10, number: 0 }]);
      await add('a', 3);
      const first = await store.take(take);
      await add('a', 4);
      await harness.wait(LEASE_MS + 20);
      expect(await peer.take({ ...takeAll, leaseMs: 10_000 })).toEqual(first);
      expect(await store.take(takeAll)).toEqual([]);
      expect(await store.read(['a'])).toEqual([17]);
    });

    it('settles a batch once, without a change of the total, and makes the next of a higher number', async () => {
      await store.seed([{ id: 'a', total: 10, number: 0 }]);
      await add('a', 3);
      const [batch] = await store.take(take);
      if (batch === undefined) throw new Error('nothing was taken');
      await add('a', 4);
      await store.settle([{ ...batch, total: 13 }], RULE);
      await peer.settle([batch], RULE);
      expect(await store.read(['a'])).toEqual([17]);
      const [next] = await store.take(take);
      expect(next).toMatchObject({ id: 'a', amount: 4 });
      expect(next?.number).toBeGreaterThan(batch.number);
      await peer.settle([batch], RULE);
      await harness.wait(LEASE_MS + 20);
      expect(await peer.take(take)).toEqual([next]);
    });

    it('makes numbers above the one of the origin', async () => {
      const number = LARGEST - 10;
      await store.seed([{ id: 'a', total: 10, number }]);
      await add('a', 3);
      expect(await store.take(take)).toEqual([{ id: 'a', number: number + 1, amount: 3 }]);
    });

    it('rises to what the sink says, and does not fall to it', async () => {
      await store.seed(['more', 'less'].map((id) => ({ id, total: 10, number: 0 })));
      await add('more', 3);
      await add('less', 3);
      const batches = await store.take(take);
      await store.settle(
        batches.map(({ id, number }) => ({ id, number, total: id === 'more' ? 20 : 5 })),
        RULE,
      );
      expect(await store.read(['more', 'less'])).toEqual([20, 13]);
    });

    it('passes over what it does not know', async () => {
      await store.settle([{ id: 'nobody', number: 1, total: 5 }], RULE);
      expect(await store.read(['nobody'])).toEqual([undefined]);
    });

    it('keeps ids apart', async () => {
      const ids = ['1', '1:n', '*', '{1}', '\n', '👩‍👧', '__proto__', 'a b'];
      await store.seed(ids.map((id, at) => ({ id, total: at, number: 0 })));
      for (const id of ids) await add(id, 3);
      expect(await store.read(ids)).toEqual(ids.map((_, at) => at + 3));
      const batches = await store.take(take);
      expect(batches.map(({ id }) => id).sort()).toEqual([...ids].sort());
    });

    it('rejects once it is closed', async () => {
      await store.close();
      await store.close();
      const asks = [
        () => store.read(['a']),
        () => add('a'),
        () => store.take(take),
        () => store.settle([], RULE),
      ];
      for (const ask of asks.slice(0, 3)) {
        await expect((async () => ask())()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
      }
    });
  });
};
