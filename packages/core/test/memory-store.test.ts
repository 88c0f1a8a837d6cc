import { createCache } from '@keepsake/core';
import { createMemoryStore, type EvictionPolicyName } from '@keepsake/core/memory';
import { FakeClock } from '@keepsake/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ghost } from '../src/memory/eviction/ghost.ts';
import { TimerWheel } from '../src/memory/timer-wheel.ts';

describe.each<EvictionPolicyName>(['s3-fifo', 'lru', 'fifo'])('the memory store with policy %s', (policy) => {
  it('behaves as a Map with TTL wherever nothing is evicted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            act: fc.constantFrom('set', 'set', 'get', 'delete', 'wait', 'has'),
            key: fc.constantFrom('a', 'b', 'c', 'd'),
            ms: fc.constantFrom(1, 10, 1_000, 5_000, 70_000, 5_000_000, Infinity),
          }),
          { maxLength: 60 },
        ),
        async (steps) => {
          const clock = new FakeClock();
          const store = createMemoryStore<number>({ policy, clock });
          const model = new Map<string, { value: number; until: number }>();
          const live = (key: string): number | undefined => {
            const entry = model.get(key);
            return entry && entry.until > clock.now() ? entry.value : undefined;
          };
          for (const [i, { act, key, ms }] of steps.entries()) {
            if (act === 'set') {
              store.set(key, i, ms);
              model.set(key, { value: i, until: clock.now() + ms });
            } else if (act === 'get') {
              expect(store.get(key)).toBe(live(key));
            } else if (act === 'has') {
              expect(store.has(key)).toBe(live(key) !== undefined);
            } else if (act === 'delete') {
              expect(store.delete(key)).toBe(live(key) !== undefined);
              model.delete(key);
            } else if (ms !== Infinity) {
              clock.block(ms);
            }
            const keys = ['a', 'b', 'c', 'd'].filter((one) => live(one) !== undefined);
            expect([...store.keys()].sort()).toEqual(keys);
            expect(store.size).toBe(keys.length);
          }
          store.clear();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('stays inside its bounds and keeps its sums right under any mixture', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(60), fc.boolean()), { maxLength: 400 }), (steps) => {
        const evicted: string[] = [];
        const store = createMemoryStore<number>({
          policy,
          maxEntries: 10,
          maxBytes: 200,
          weigh: (value) => value,
          onEvict: (key) => evicted.push(key),
        });
        for (const [key, weight, isDelete] of steps) {
          if (isDelete && key % 3 === 0) store.delete(`k${key}`);
          else if (isDelete) store.get(`k${key}`);
          else store.set(`k${key}`, weight);
          const values = [...store.keys()].map((name) => store.get(name) ?? 0);
          expect(store.size).toBe(values.length);
          expect(store.bytes).toBe(values.reduce((sum, value) => sum + value, 0));
          expect(store.size).toBeLessThanOrEqual(10);
          expect(store.bytes).toBeLessThanOrEqual(200);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('drops what has expired without being asked, and leaves no timer when it is empty', async () => {
    const clock = new FakeClock();
    const expired: string[] = [];
    const store = createMemoryStore<number>({
      policy,
      clock,
      onEvict: (key, reason) => expired.push(`${reason} ${key}`),
    });
    store.set('soon', 1, 500);
    store.set('later', 1, 3_600_000);
    store.set('forever', 1);
    await clock.advance(3_000);
    expect(expired).toEqual(['expired soon']);
    await clock.advance(3_700_000);
    expect(expired).toEqual(['expired soon', 'expired later']);
    expect([store.size, clock.timers]).toEqual([1, 0]);
  });
});

describe('S3-FIFO', () => {
  it('keeps what is asked for again through a long scan', () => {
    const store = createMemoryStore<number>({ maxEntries: 100 });
    for (let i = 0; i < 50; i += 1) store.set(`hot${i}`, i);
    for (let i = 0; i < 50; i += 1) store.get(`hot${i}`);
    for (let i = 0; i < 10_000; i += 1) store.set(`scan${i}`, i);
    const kept = Array.from({ length: 50 }, (_, i) => store.has(`hot${i}`)).filter(Boolean).length;
    expect(kept).toBe(50);
  });
});

describe('the ghost', () => {
  it('remembers the latest, forgets what is older, and knows no strangers', () => {
    const ghost = new Ghost();
    ghost.reserve(1_000);
    const hash = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 0;
    for (let i = 0; i < 10_000; i += 1) ghost.add(hash(i));
    const remembered = (from: number, to: number): number => {
      let count = 0;
      for (let i = from; i < to; i += 1) if (ghost.has(hash(i), 1_000)) count += 1;
      return count;
    };
    expect(remembered(9_000, 10_000)).toBeGreaterThan(900);
    expect(remembered(0, 9_000)).toBe(0);
    expect(remembered(20_000, 30_000)).toBe(0);
  });
});

describe('the timer wheel', () => {
  it('gives out each slot once, not before its time, and by its next look at the latest', () => {
    const times = fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(times, fc.array(fc.nat(10 ** 8), { maxLength: 20 }), (ats, jumps) => {
        let now = 1_000;
        const wheel = new TimerWheel(now);
        wheel.grow(ats.length);
        for (const [slot, at] of ats.entries()) wheel.schedule(slot, now + at);
        const out = new Set<number>();
        const take = (): void => {
          for (let slot = wheel.takeExpired(); slot >= 0; slot = wheel.takeExpired()) {
            expect((ats[slot] ?? 0) + 1_000).toBeLessThanOrEqual(now);
            expect(out.has(slot)).toBe(false);
            out.add(slot);
          }
        };
        for (const jump of jumps) {
          now += jump;
          wheel.advance(now);
          take();
        }
        for (let looks = 0; wheel.scheduled > 0; looks += 1) {
          expect(looks).toBeLessThan(1_000);
          expect(wheel.nextLook()).toBeGreaterThan(now);
          now = wheel.nextLook();
          wheel.advance(now);
          take();
        }
        expect(out.size).toBe(ats.length);
      }),
    );
  });

  it('forgets a slot that was cancelled or scheduled anew', () => {
    const wheel = new TimerWheel(0);
    wheel.grow(2);
    wheel.schedule(0, 10);
    wheel.schedule(1, 10);
    wheel.schedule(1, 5_000);
    wheel.cancel(0);
    wheel.advance(3_000);
    expect(wheel.takeExpired()).toBe(-1);
    wheel.advance(7_000);
    expect([wheel.takeExpired(), wheel.takeExpired()]).toEqual([1, -1]);
  });
});

describe('what is looked at without being used', () => {
  it('is evicted as if nobody had looked', () => {
    const store = createMemoryStore<number>({ maxEntries: 2, policy: 'lru' });
    store.set('a', 1);
    store.set('b', 2);
    expect([store.peek('a'), store.peek('x')]).toEqual([1, undefined]);
    store.set('c', 3);
    expect([store.has('a'), store.has('b')]).toEqual([false, true]);
  });

  it('the walks of size, keys and stats are no use of an entry', async () => {
    const cache = createCache({ l1: { maxEntries: 2, policy: 'lru' } });
    await cache.set('a', 1);
    await cache.set('b', 2);
    await cache.get('a');
    await cache.size();
    await cache.stats();
    for await (const _ of cache.keys()) continue;
    await cache.set('c', 3);
    expect([await cache.has('a'), await cache.has('b')]).toEqual([true, false]);
  });
});
