import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { httpCache } from '@keepsake/http';
import { describe, expect, it } from 'vitest';
import { BodyCollector } from '../src/body-collector.ts';
import { ByteBudget } from '../src/budget.ts';
import { Flights } from '../src/flights.ts';
import { PendingRemovals } from '../src/invalidations.ts';
import { KeyedQueue } from '../src/keyed-queue.ts';
import { MAX_FLIGHTS, MAX_PASSED_URLS } from '../src/limits.ts';
import { PassList } from '../src/pass-list.ts';
import type { Slot } from '../src/slot.ts';
import { gate } from './gate.ts';

const slotOf = (i: number): Slot => ({
  urlKey: { url: `u${i}`, primary: `p${i}`, query: null },
  hash: String(i),
  key: `response:${i}`,
  tuple: `t${i}`,
  record: undefined,
});

describe('nothing grows without bound (12)', () => {
  it('distinct query strings leave no more entries than the store holds', async () => {
    await using cache = createCache({ l1: { maxEntries: 500 } });
    const handle = httpCache({ cache })(
      ({ url }) => new Response(url, { headers: { 'Cache-Control': 'max-age=60' } }),
    );
    for (let i = 0; i < 5_000; i += 1) await (await handle(new Request(`http://a/?${i}`))).text();
    expect(await cache.namespace('http').size()).toBeLessThanOrEqual(500);
  });

  it('flights: beyond the limit none takes off, and each that ends makes room', () => {
    const flights = new Flights(new FakeClock());
    const taken = Array.from({ length: MAX_FLIGHTS * 2 }, (_, i) => flights.takeOff(slotOf(i), ''));
    expect(flights.size).toBe(MAX_FLIGHTS);
    expect(taken.filter((flight) => flight !== undefined)).toHaveLength(MAX_FLIGHTS);
    for (const flight of taken) if (flight) flights.remove(flight);
    expect(flights.size).toBe(0);
    expect(flights.takeOff(slotOf(1), '')).toBeDefined();
    flights.detach('u1');
    expect(flights.size).toBe(0);
  });

  it('flights: writes that do not come to their end leave room for reads', async () => {
    await using cache = createCache();
    const over = gate();
    const handle = httpCache({ cache })(async ({ method }) => {
      if (method === 'POST') await over.opened;
      return new Response(method, { headers: { 'Cache-Control': 'max-age=60' } });
    });
    const post = (): Promise<Response> => handle(new Request('http://a/p', { method: 'POST', body: 'x' }));
    const writes = Array.from({ length: MAX_FLIGHTS + 1 }, post);
    const get = async () => (await handle(new Request('http://a/a'))).headers.get('cache-status');
    expect(await get()).toMatch(/;stored/);
    expect(await get()).toMatch(/;hit/);
    over.open();
    expect((await Promise.all(writes)).every(({ ok }) => ok)).toBe(true);
  });

  it('a flight that is told of ever more tags is let go', () => {
    const flights = new Flights(new FakeClock());
    const flight = flights.takeOff(slotOf(1), '');
    for (let i = 0; i < 10_000; i += 1) flights.invalidateTags([`tag ${i}`]);
    expect(flight?.invalidatedTags.size).toBeLessThanOrEqual(1_001);
    expect(flights.size).toBe(0);
  });

  it('uncacheable URLs are forgotten, by number and by time', async () => {
    const clock = new FakeClock();
    const list = new PassList(clock);
    for (let i = 0; i < MAX_PASSED_URLS * 3; i += 1) list.add(`u${i}`);
    expect(list.size).toBe(MAX_PASSED_URLS);
    expect([list.has('u0'), list.has(`u${MAX_PASSED_URLS * 3 - 1}`)]).toEqual([false, true]);
    await clock.advance(10_000);
    expect(list.has(`u${MAX_PASSED_URLS * 3 - 1}`)).toBe(false);
  });

  it('bodies in hand stay within one budget, which each gives back however it ends', () => {
    const budget = new ByteBudget(100);
    const collect = (declaredLength?: number) => {
      const outcome: { body?: Uint8Array | string } = {};
      const collector = new BodyCollector(
        { maxBytes: 1_000, declaredLength, budget },
        (body) => (outcome.body = body),
      );
      return { collector, outcome };
    };
    const [a, b, c] = [collect(), collect(), collect()];
    a.collector.push(new Uint8Array(60));
    b.collector.push(new Uint8Array(60));
    c.collector.push(new Uint8Array(30));
    expect([b.outcome.body, budget.used]).toEqual(['too-long', 90]);
    a.collector.end();
    a.collector.settle();
    c.collector.abort();
    expect([c.outcome.body, budget.used]).toEqual(['cut-short', 0]);
    expect(a.outcome.body).toHaveLength(60);
  });

  it('a body is what its Content-Length promised: not less, and the rest is dropped', () => {
    const bodyOf = (declaredLength: number) => {
      let result: Uint8Array | string = '';
      const limits = { maxBytes: 10, declaredLength, budget: new ByteBudget(100) };
      const collector = new BodyCollector(limits, (body) => (result = body));
      collector.push(new Uint8Array([1, 2]));
      collector.push(new Uint8Array([3, 4]));
      collector.end();
      return result;
    };
    expect(bodyOf(5)).toBe('cut-short');
    expect(bodyOf(4)).toEqual(new Uint8Array([1, 2, 3, 4]));
    expect(bodyOf(3)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('queues and removals under way hold only what has not ended', async () => {
    const queue = new KeyedQueue();
    const order: number[] = [];
    const work = Array.from({ length: 50 }, (_, i) => queue.run('k', async () => void order.push(i)));
    await Promise.all(work);
    await Promise.resolve();
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(queue.size).toBe(0);

    const removals = new PendingRemovals();
    let end: () => void = () => undefined;
    const removal = new Promise<void>((resolve) => (end = resolve));
    for (let i = 0; i < 20_000; i += 1) removals.track(`u${i}`, removal);
    expect(removals.size).toBe(10_000);
    end();
    await removals.of('u0');
    expect(removals.size).toBe(0);
  });
});
