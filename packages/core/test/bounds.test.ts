import { createCache, MemoryBackend } from '@keepsake/core';
import { createMemoryStore } from '@keepsake/core/memory';
import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { MAX_FAMILIES } from '../src/engine/counters.ts';
import { FenceTable, MAX_OPEN_FENCES } from '../src/memory/fence-table.ts';
import { MAX_RECORDS, TagLedger } from '../src/memory/tag-ledger.ts';

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
    for (let i = 0; i < MAX_OPEN_FENCES * 10; i += 1) fences.open(`k${i}`, i);
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
