import { type Cache, createCache, type Entry, MemoryBackend, type Miss } from '@keepsake/core';
import type { ReadIntent, StoreItem, StoreOutcome } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { MAX_PORTION_BYTES, MAX_PORTION_KEYS, portionsOf } from '../src/engine/portions.ts';

const MANY = 10_000;
const BYTES = 2_048;
/** 10 MB/s. */
const BYTES_PER_MS = 10_000;
const keys = Array.from({ length: MANY }, (_, i) => `face:${i}`);
const pairs = keys.map((key, i) => [key, new Float32Array(BYTES / 4).fill(i)] as const);

/** A store behind a link that carries so much in a millisecond, one thing after the other. */
class FarBackend extends FaultyBackend {
  readonly #clock: FakeClock;
  #freeAt = 0;
  /** The most that was asked for by one call. */
  mostKeys = 0;

  constructor(clock: FakeClock) {
    super(new MemoryBackend({ clock, maxEntries: 2 * MANY }), { clock });
    this.#clock = clock;
  }

  override async getMany(asked: readonly string[], intent: ReadIntent): Promise<readonly (Entry | Miss)[]> {
    this.mostKeys = Math.max(this.mostKeys, asked.length);
    const found = await super.getMany(asked, intent);
    await this.#carry(found.length * BYTES);
    return found;
  }

  override async setMany(items: readonly StoreItem[]): Promise<readonly StoreOutcome[]> {
    this.mostKeys = Math.max(this.mostKeys, items.length);
    await this.#carry(items.length * BYTES);
    return super.setMany(items);
  }

  #carry(bytes: number): Promise<void> {
    this.#freeAt = Math.max(this.#freeAt, this.#clock.now()) + bytes / BYTES_PER_MS;
    return new Promise((resolve) => this.#clock.setTimer(resolve, this.#freeAt - this.#clock.now()));
  }
}

const open = (): { cache: Cache; l2: FarBackend; inTime: <T>(work: Promise<T>) => Promise<T> } => {
  const clock = new FakeClock();
  const l2 = new FarBackend(clock);
  const cache = createCache({ clock, l1: false, l2 }); // l2Timeout: 250 ms, by default
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const end = (): void => void (isOver = true);
    work.then(end, end);
    for (let ms = 0; !isOver && ms < 60_000; ms += 50) await clock.advance(50);
    return work;
  };
  return { cache, l2, inTime };
};

describe('20 MB over a link of 10 MB/s, each call of the store with 250 ms', { timeout: 60_000 }, () => {
  it('are stored, and read again, whole', async () => {
    const { cache, l2, inTime } = open();
    expect(await inTime(cache.setMany(pairs))).toBe(MANY);
    const found = await inTime(cache.getMany(keys));
    expect([...found.keys()]).toEqual(keys);
    expect(found.get('face:4711')).toEqual(new Float32Array(BYTES / 4).fill(4_711));
    expect(l2.mostKeys).toBeLessThanOrEqual(MAX_PORTION_KEYS);
    expect((await cache.stats()).errors).toBe(0);
  });

  it('are loaded by one call of the loader, and kept', async () => {
    const { cache, inTime } = open();
    const some = keys.slice(0, 3_000); // 6 MB, each of which has a timer of its own
    const asked: number[] = [];
    const load = (): Promise<Map<string, unknown>> =>
      inTime(
        cache.getOrSetMany(some, async (missing) => {
          asked.push(missing.length);
          return pairs.slice(0, some.length);
        }),
      );
    expect((await load()).size).toBe(some.length);
    expect((await load()).size).toBe(some.length);
    expect(asked).toEqual([some.length]);
    expect((await cache.stats()).errors).toBe(0);
  });

  it('are given up by the store that never answers after five calls of it', async () => {
    const { cache, l2, inTime } = open();
    l2.mode = 'frozen';
    expect(await inTime(cache.setMany(pairs))).toBe(0);
    expect(l2.calls.length).toBeLessThanOrEqual(5);
    expect((await inTime(cache.getMany(keys))).size).toBe(0);
    expect(l2.calls.length).toBeLessThanOrEqual(6);
  });
});

describe('portions', () => {
  const sizes = (values: readonly unknown[]): number[] =>
    portionsOf(values, (value) => value).map(({ length }) => length);

  it('are bounded in keys and in bytes, and leave nothing out', () => {
    expect(sizes(Array.from({ length: 600 }, () => 1))).toEqual([250, 250, 100]);
    expect(Math.max(...sizes(pairs.map(([, value]) => value)))).toBeLessThan(MAX_PORTION_BYTES / BYTES);
    expect(portionsOf(keys).flat()).toEqual(keys);
    expect(portionsOf([])).toEqual([[]]);
  });

  it('hold a value alone that is larger than they may be', () => {
    const large = new Uint8Array(2 * MAX_PORTION_BYTES);
    expect(sizes([1, large, 1, 1, large, large])).toEqual([1, 1, 2, 1, 1]);
  });
});

describe('of many items', () => {
  it('the later of one key wins, whatever portions they come to lie in', async () => {
    const { cache, inTime } = open();
    const twice = [...keys.slice(0, 400), 'face:0'].map((key, i) => [key, i] as const);
    expect(await inTime(cache.setMany(twice))).toBe(401);
    expect(await inTime(cache.get('face:0'))).toBe(400);
  });

  it('those that the store refused leave nothing behind in the near tier', async () => {
    const clock = new FakeClock();
    const l2 = new FaultyBackend(new MemoryBackend({ clock }), { clock });
    const cache = createCache({ clock, l2 });
    await cache.setMany(keys.slice(0, 600).map((key) => [key, 'old'] as const));
    l2.mode = 'down';
    expect(await cache.setMany(keys.slice(0, 600).map((key) => [key, 'new'] as const))).toBe(0);
    expect((await cache.getMany(keys.slice(0, 600))).size).toBe(0);
  });
});
