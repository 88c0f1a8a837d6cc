import { createCache, MemoryBackend } from '@keepsake/core';
import { createMemoryStore } from '@keepsake/core/memory';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { Backoffs, MAX_BACKOFFS } from '../src/engine/backoff.ts';
import { Bulkhead } from '../src/engine/bulkhead.ts';
import { MAX_FAMILIES } from '../src/engine/counters.ts';
import { FenceTable, MAX_OPEN_FENCES } from '../src/memory/fence-table.ts';
import { Generations } from '../src/memory/generations.ts';
import { MAX_RECORDS, TagLedger } from '../src/memory/tag-ledger.ts';

/** What the documents promise; the tests of single tables have them from the sources. */
const MAX_WAITING_REMOVALS = 10_000;
const MAX_REMEMBERED_DEPARTURES = 1_000;

const POLICIES = ['s3-fifo', 'lru', 'fifo'] as const;

/** Weights that come again, now and then one that is too heavy for everything, and a number that is no whole one. */
const weightOf = (i: number): number => (i % 97 === 0 ? 10_000 : (i % 40) + 0.5);

describe.each(POLICIES)('the bounds of entries and bytes, by %s', (policy) => {
  const limits = { maxEntries: 100, maxBytes: 1_500, policy } as const;

  it('hold in the memory store after every call, ten times the capacity inserted', async () => {
    const clock = new FakeClock();
    const weigh = (value: number): number => weightOf(value);
    const store = createMemoryStore<number>({ ...limits, weigh, clock });
    let [entries, bytes] = [0, 0];
    const look = (): void => {
      entries = Math.max(entries, store.size);
      bytes = Math.max(bytes, store.bytes);
    };
    for (let i = 0; i < 10_000; i += 1) {
      store.set(`k${i % 700}`, i, i % 3 === 0 ? 500 + (i % 5_000) : undefined);
      look();
      if (i % 2 === 0) store.get(`k${(i * 7) % 700}`);
      if (i % 11 === 0) store.delete(`k${(i * 3) % 700}`);
      if (i % 50 === 0) await clock.advance(i % 100 === 0 ? 300 : 3_000);
      look();
    }
    expect(entries).toBeLessThanOrEqual(limits.maxEntries);
    expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
    expect(store.size).toBeGreaterThan(20);
    expect(store.bytes).toBeGreaterThan(limits.maxBytes / 2);
    for (const key of [...store.keys()]) store.delete(key);
    expect([store.size, store.bytes]).toEqual([0, 0]);
  });

  it('hold in a cache on a MemoryBackend after every call', async () => {
    const clock = new FakeClock();
    const weigh = (value: unknown): number => weightOf(value as number);
    const backend = new MemoryBackend({ ...limits, weigh, clock });
    const cache = createCache({ clock, l1: backend });
    for (let i = 0; i < 2_000; i += 1) {
      const key = `k${i % 300}`;
      if (i % 5 === 0) await cache.getOrSet(key, () => i, { ttl: '2s', grace: '2s', tags: ['t'] });
      else await cache.set(key, i, { ttl: i % 3 === 0 ? '1s' : '1h' });
      if (i % 90 === 0) await cache.invalidateTags(['t'], { mode: 'expire' });
      if (i % 100 === 0) await clock.advance(500);
      expect(backend.bytes).toBeLessThanOrEqual(limits.maxBytes);
      expect(await cache.size()).toBeLessThanOrEqual(limits.maxEntries);
    }
    expect(await cache.size()).toBeGreaterThan(20);
  });

  it('of entries alone hold where nothing is weighed', () => {
    const store = createMemoryStore<number>({ maxEntries: 50, policy });
    for (let i = 0; i < 500; i += 1) {
      store.set(`k${i}`, i);
      if (i % 3 === 0) store.get(`k${i}`);
      expect(store.size).toBe(Math.min(i + 1, 50));
      expect(store.bytes).toBe(0);
    }
  });

  it('set one timer, however many entries have a TTL', async () => {
    const clock = new FakeClock();
    const store = createMemoryStore<number>({ maxEntries: 1_000, policy, clock });
    for (let i = 0; i < 10_000; i += 1) store.set(`k${i}`, i, 1 + ((i * 7_919) % 10_000_000));
    expect(clock.timers).toBeLessThanOrEqual(1);
    await clock.advance(10_000_001);
    expect([store.size, clock.timers]).toEqual([0, 0]);
  });
});

describe('bounds, each filled ten times over', () => {
  it('entries and bytes of the memory store', () => {
    const store = createMemoryStore<string>({ maxEntries: 1_000, maxBytes: 100_000 });
    for (let i = 0; i < 10_000; i += 1) {
      store.set(`k${i}`, 'x'.repeat(i % 200));
      expect(store.size).toBeLessThanOrEqual(1_000);
      expect(store.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(store.size).toBeGreaterThan(100);
    expect(store.set('big', 'x'.repeat(100_000))).toBe(false);
    store.clear();
    expect([store.size, store.bytes]).toEqual([0, 0]);
  });

  it('evicts what was used least recently, and says so', async () => {
    const evicted: string[] = [];
    const cache = createCache({ l1: { maxEntries: 2 } });
    cache.on('entry.evicted', (event) => evicted.push(event.key ?? ''));
    await cache.set('a', 1);
    await cache.set('b', 2);
    await cache.get('a');
    await cache.set('c', 3);
    expect(evicted).toEqual(['b']);
    expect((await cache.inspect('b')).reason).toBe('evicted');
    expect(await cache.stats()).toMatchObject({ evictions: 1, db_size: 2 });
  });

  it('open fences', () => {
    const fences = new FenceTable();
    for (let i = 0; i < MAX_OPEN_FENCES * 10; i += 1) fences.open(`k${i}`, i + 1, 'fill');
    expect(fences.size).toBeLessThanOrEqual(MAX_OPEN_FENCES);
    expect(fences.size).toBeGreaterThanOrEqual(MAX_OPEN_FENCES / 2);
    expect(fences.openNumber('k0')).toBeUndefined();
  });

  it('tag records: what falls out is still invalid', () => {
    const ledger = new TagLedger();
    const before = ledger.draw();
    for (let i = 0; i < MAX_RECORDS * 10; i += 1) ledger.invalidate(`t${i}`, 'delete', 0);
    expect(ledger.judge(['t0'], before)).toBe('removed');
    expect(ledger.judge(['t0'], ledger.current)).toBe('valid');
  });

  it.each([2, 3, 10, 1_000])('a table of %i keys that forgets the oldest', (limit) => {
    const table = new Generations<number>(limit);
    let largest = 0;
    for (let i = 0; i < limit * 10; i += 1) {
      table.set(`k${i}`, i);
      largest = Math.max(largest, table.size);
    }
    expect(largest).toBeLessThanOrEqual(limit);
    const kept = Array.from({ length: limit * 10 }, (_, i) => table.get(`k${i}`)).filter(
      (v) => v !== undefined,
    );
    expect(kept).toHaveLength(table.size);
    expect(kept).toContain(limit * 10 - 1);
    expect(kept.length).toBeGreaterThanOrEqual(Math.floor(limit / 2));
  });

  it('reasons of departures', async () => {
    const cache = createCache({ clock: new FakeClock(), l1: { maxEntries: 20_000 } });
    const keys = Array.from({ length: MAX_REMEMBERED_DEPARTURES * 10 }, (_, i) => `k${i}`);
    await cache.setMany(keys.map((key): [string, number] => [key, 1]));
    await cache.deleteMany(keys);
    let known = 0;
    for (const key of keys) if ((await cache.inspect(key)).reason === 'deleted') known += 1;
    expect(known).toBeLessThanOrEqual(MAX_REMEMBERED_DEPARTURES);
    expect(known).toBeGreaterThanOrEqual(MAX_REMEMBERED_DEPARTURES / 2);
    expect((await cache.inspect(keys.at(-1) ?? '')).reason).toBe('deleted');
  });

  it('removals that wait for a store: what is too many becomes one clear', { timeout: 60_000 }, async () => {
    const clock = new FakeClock();
    const shared = new MemoryBackend({ clock });
    const far = new FaultyBackend(shared, { clock, shared: true });
    const cache = createCache({ clock, namespace: 'own', l2: far });
    const other = createCache({ clock, l1: false, l2: shared });
    await cache.set('first', 1);
    await cache.set('never deleted', 1);
    await other.set('of somebody else', 1);
    far.mode = 'down';
    let most = 0;
    cache.on('invalidation.deferred', ({ waiting }) => (most = Math.max(most, waiting)));
    await cache.delete('first');
    for (let i = 0; i < MAX_WAITING_REMOVALS * 10; i += 100) {
      await cache.deleteMany(Array.from({ length: 100 }, (_, j) => `k${i + j}`));
    }
    expect(most).toBeLessThanOrEqual(MAX_WAITING_REMOVALS);
    expect(most).toBeGreaterThan(MAX_WAITING_REMOVALS * 0.9);
    far.mode = 'up';
    far.calls.length = 0;
    expect(await cache.get('first')).toBeUndefined();
    expect(await cache.get('never deleted')).toBeUndefined();
    expect(far.calls).toContain('clear');
    expect(far.calls.length).toBeLessThan(100);
    expect(await other.get('of somebody else')).toBe(1);
  });

  it('loads that wait for a place', async () => {
    const mostWaiting = 1_000;
    const bulkhead = new Bulkhead(10, mostWaiting);
    let running = 0;
    let mostRunning = 0;
    const enter = async (): Promise<void> => {
      const leave = await bulkhead.enter(new AbortController().signal);
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await Promise.resolve();
      running -= 1;
      leave();
    };
    const all = await Promise.allSettled(Array.from({ length: mostWaiting * 10 }, enter));
    expect(all.filter((one) => one.status === 'fulfilled')).toHaveLength(mostWaiting + 10);
    expect(mostRunning).toBe(10);
  });

  it('keys whose loads failed', () => {
    const backoffs = new Backoffs();
    const keys = Array.from({ length: MAX_BACKOFFS * 10 }, (_, i) => `k${i}`);
    for (const key of keys) backoffs.failed(key, 0);
    const waiting = keys.filter((key) => backoffs.isWaiting(key, 1, 0)).length;
    expect(waiting).toBeLessThanOrEqual(MAX_BACKOFFS);
    expect(waiting).toBeGreaterThanOrEqual(MAX_BACKOFFS / 2);
  });

  it('families of stats', async () => {
    const cache = createCache();
    for (let i = 0; i < MAX_FAMILIES * 10; i += 1) await cache.get(`family${i}:x`);
    const { families } = await cache.stats();
    expect(Object.keys(families).length).toBeLessThanOrEqual(MAX_FAMILIES);
    expect(Object.values(families).reduce((sum, family) => sum + family.misses, 0)).toBe(MAX_FAMILIES * 10);
  });

  it('fences of reads that nobody fills do not pile up', async () => {
    const clock = new FakeClock();
    const near = new MemoryBackend({ clock });
    const cache = createCache({ clock, l1: near, l2: new MemoryBackend({ clock }) });
    for (let i = 0; i < 1_000; i += 1) await cache.get(`k${i}`);
    // A fence that was left open would be refused to the next who asks only if it is free.
    expect(near.capture('k5', 'if-free')).toBeDefined();
  });
});
