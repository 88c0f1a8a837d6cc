import { advise, createCache } from '@keepsake/core';
import { isCacheError } from '@keepsake/core';
import { type MissRatioCurve, missRatioCurve } from '@keepsake/core/curve';
import { createMemoryStore } from '@keepsake/core/memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DistanceHistogram } from '../src/curve/distance-histogram.ts';
import { ReuseStack } from '../src/curve/reuse-stack.ts';
import { hashKey } from '../src/memory/hash-key.ts';

/** Hits of an LRU cache of each size from 0 up to the number of keys, by a list. */
const exactMissRatios = (keys: readonly string[]): number[] => {
  const stack: string[] = [];
  const distances = keys.map((key) => {
    const distance = stack.indexOf(key);
    if (distance >= 0) stack.splice(distance, 1);
    stack.unshift(key);
    return distance;
  });
  return Array.from({ length: stack.length + 1 }, (_, size) => {
    const misses = distances.filter((distance) => distance < 0 || distance >= size).length;
    return misses / keys.length;
  });
};

const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/** Skewed draws: the greater `skew`, the more often the first keys. */
const skewed = (keys: number, count: number, skew: number, seed: number): string[] => {
  const next = random(seed);
  return Array.from({ length: count }, () => `user:${Math.floor(keys * next() ** skew)}:profile`);
};

/** As `exactMissRatios`, for long traces: an LRU cache of one size, by a Map in order of use. */
const lruMissRatio = (keys: readonly string[], size: number): number => {
  const cache = new Map<string, true>();
  let misses = 0;
  for (const key of keys) {
    if (!cache.delete(key)) misses += 1;
    cache.set(key, true);
    if (cache.size > size) for (const oldest of cache.keys()) if (cache.delete(oldest)) break;
  }
  return misses / keys.length;
};

const fed = (curve: MissRatioCurve, keys: readonly string[]): MissRatioCurve => {
  for (const key of keys) curve.record(key);
  return curve;
};

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    return isCacheError(error) ? error.code : String(error);
  }
  return undefined;
};

describe('the miss-ratio curve', () => {
  it('is exact where every key is sampled', () => {
    const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz');
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 400 }), (keys) => {
        const curve = fed(missRatioCurve({ samples: 64, maxRate: 1 }), keys);
        exactMissRatios(keys).forEach((missRatio, size) => expect(curve.at(size)).toBeCloseTo(missRatio, 12));
        expect(curve.at(1_000)).toBeCloseTo(new Set(keys).size / keys.length, 12);
        expect([curve.footprint, curve.accesses]).toEqual([new Set(keys).size, keys.length]);
      }),
    );
  });

  it('says that a loop has no hit until all of it has room', () => {
    const loop = Array.from({ length: 1_000 }, (_, i) => `key:${i % 100}`);
    const curve = fed(missRatioCurve({ maxRate: 1 }), loop);
    expect([curve.at(99), curve.at(100)]).toEqual([1, 0.1]);
    expect(curve.summary(50)).toEqual({
      entries: 50,
      hitRates: { half: 0, same: 0, double: 0.9, quadruple: 0.9 },
    });
  });

  it.each([
    ['a skewed trace', skewed(20_000, 100_000, 4, 1)],
    ['a very skewed trace', skewed(20_000, 100_000, 12, 2)],
  ])('lies within two points of LRU in the mean on %s', (_, keys) => {
    const curve = fed(missRatioCurve(), keys);
    const footprint = new Set(keys).size;
    const errors = [0.01, 0.1, 0.25, 0.5, 0.75, 1].map((share) => {
      const size = Math.round(footprint * share);
      return Math.abs(curve.at(size) - lruMissRatio(keys, size));
    });
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.02);
    expect(Math.abs(curve.footprint / footprint - 1)).toBeLessThan(0.1);
    expect(curve.accesses).toBe(keys.length);
  });

  it('lies within three points of LRU in the mean where all keys are asked for alike', () => {
    // The rate is known to 1 / sqrt(samples), and here the whole curve is stretched by what it is off.
    const keys = skewed(20_000, 100_000, 1, 3);
    const curve = fed(missRatioCurve(), keys);
    const errors = [5_000, 10_000, 15_000].map((size) => Math.abs(curve.at(size) - lruMissRatio(keys, size)));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.03);
  });

  it('needs the number of all accesses where it is told of sampled ones alone', () => {
    const keys = skewed(20_000, 100_000, 12, 4);
    const curve = missRatioCurve();
    for (const key of keys) {
      const hash = hashKey(key);
      if (hash < curve.threshold) curve.access(hash, 0);
    }
    const size = 2_000;
    expect(Math.abs(curve.at(size, keys.length) - lruMissRatio(keys, size))).toBeLessThan(0.02);
    expect(curve.summary(size, keys.length).hitRates.same).toBeCloseTo(1 - curve.at(size, keys.length), 12);
    expect(curve.points(keys.length).at(-1)?.missRatio).toBe(curve.at(curve.footprint, keys.length));
  });

  it('says the same of accesses that it works off together as of those that are worked off one by one', () => {
    const access = fc.record({ key: fc.nat(300), bytes: fc.nat(9) });
    const told = fc.array(access, { minLength: 1, maxLength: 1_300, size: 'max' });
    fc.assert(
      fc.property(told, (accesses) => {
        const [together, single] = [0, 1].map(() => missRatioCurve({ samples: 32, maxRate: 1 }));
        for (const { key, bytes } of accesses) {
          const hash = hashKey(`key:${key}`);
          for (const curve of [together, single]) {
            if (curve && hash < curve.threshold) curve.access(hash, bytes);
          }
          expect(single?.sampled).toBeLessThanOrEqual(32); // to read it works off what waits
        }
        const saying = (curve?: MissRatioCurve): unknown => [
          curve?.points(accesses.length),
          curve?.summary(50, accesses.length),
          curve?.atBytes(100, accesses.length),
          [curve?.accesses, curve?.footprint, curve?.sampled, curve?.threshold],
        ];
        expect(saying(together)).toEqual(saying(single));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps to its number of samples however many keys come, and samples fewer and fewer', () => {
    const curve = missRatioCurve({ samples: 200, maxRate: 1 });
    const thresholds = [curve.threshold];
    let most = 0;
    for (let i = 0; i < 2_000; i += 1) {
      curve.record(`key:${i}`);
      most = Math.max(most, curve.sampled);
      if (thresholds.at(-1) !== curve.threshold) thresholds.push(curve.threshold);
    }
    expect(most).toBeLessThanOrEqual(200);
    expect(curve.sampled).toBeGreaterThan(100);
    expect(thresholds).toEqual([...thresholds].sort((a, b) => b - a));
    expect(curve.threshold / 2 ** 32).toBeLessThan(0.15);
    expect(Math.abs(curve.footprint / 2_000 - 1)).toBeLessThan(0.25);
  });

  it('never rises with the size, and its points do not either', () => {
    const curve = fed(missRatioCurve({ samples: 100 }), skewed(5_000, 50_000, 3, 5));
    const ratios = curve.points().map(({ missRatio }) => missRatio);
    expect(ratios.length).toBeGreaterThan(20);
    expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
    expect(ratios.every((ratio) => ratio >= 0 && ratio <= 1)).toBe(true);
  });

  it('answers by bytes from the mean weight of the sampled keys, as last told', () => {
    const curve = missRatioCurve({ maxRate: 1 });
    for (let i = 0; i < 1_000; i += 1) curve.record(`key:${i % 100}`, i < 500 ? 7 : i % 2 === 0 ? 100 : 300);
    curve.record('key:0');
    expect(curve.atBytes(20_000)).toBeCloseTo(curve.at(100), 12);
    expect(curve.atBytes(10_000)).toBeCloseTo(curve.at(50), 12);
    expect(missRatioCurve().atBytes(1)).toBe(1);
  });

  it('says that everything misses before the first access', () => {
    const curve = missRatioCurve();
    expect([curve.at(100), curve.points(), curve.accesses, curve.footprint]).toEqual([1, [], 0, 0]);
  });

  it('refuses options and sizes out of bounds', () => {
    for (const samples of [0, 15, 65_537, NaN]) {
      expect(codeOf(() => missRatioCurve({ samples }))).toBe('ERR_OPTION');
    }
    for (const maxRate of [0, -1, 1.01, NaN]) {
      expect(codeOf(() => missRatioCurve({ maxRate }))).toBe('ERR_OPTION');
    }
    const curve = fed(missRatioCurve({ maxRate: 1 }), ['a']);
    for (const size of [-1, NaN]) expect(codeOf(() => curve.at(size))).toBe('ERR_OPTION');
    for (const accesses of [-1, NaN]) expect(codeOf(() => curve.at(1, accesses))).toBe('ERR_OPTION');
    expect(codeOf(() => curve.atBytes(-1))).toBe('ERR_OPTION');
  });
});

describe('the hash that decides what is sampled', () => {
  it.each([
    ['numbered keys', (i: number) => `key:${i}`],
    ['ids in the middle', (i: number) => `user:${i}:profile`],
    ['padded ids', (i: number) => `photo:${String(i).padStart(12, '0')}`],
    ['bare numbers', (i: number) => String(i)],
    ['hexadecimal', (i: number) => (i * 2_654_435_761).toString(16)],
    ['a common long prefix', (i: number) => `${'tenant:acme:'.repeat(8)}${i}`],
  ])('spreads %s evenly over the thresholds', (_, name) => {
    const count = 64_000;
    const slices = new Array<number>(64).fill(0);
    let low = 0;
    for (let i = 0; i < count; i += 1) {
      const hash = hashKey(name(i));
      const slice = Math.floor(hash / 2 ** 26);
      slices[slice] = (slices[slice] ?? 0) + 1;
      if (hash < 2 ** 32 / 1_000) low += 1;
    }
    // Chi-squared with 63 degrees of freedom: above 120 once in 100,000 times.
    const chi = slices.reduce((sum, n) => sum + (n - count / 64) ** 2 / (count / 64), 0);
    expect(chi).toBeLessThan(120);
    // 64 are expected; four standard deviations are 32.
    expect(Math.abs(low - 64)).toBeLessThan(32);
  });
});

describe('the reuse stack', () => {
  it('gives exact distances while it drops keys and moves the others together', () => {
    const use = fc.record({ hash: fc.nat(60), drop: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 600 }), (uses) => {
        const stack = new ReuseStack(61);
        let model: number[] = [];
        for (const { hash, drop } of uses) {
          const scattered = Math.imul(hash, 0x9e37_79b1) >>> 0;
          expect(stack.use(scattered, 1)).toBe(model.indexOf(scattered));
          model = [scattered, ...model.filter((one) => one !== scattered)];
          if (drop === 0 && model.length > 10) {
            const limit = stack.dropHighest(10);
            expect(limit).toBe([...model].sort((a, b) => a - b)[10]);
            model = model.filter((one) => one < limit);
          }
          expect([stack.count, stack.totalBytes]).toEqual([model.length, model.length]);
        }
      }),
    );
  });
});

describe('the distance histogram', () => {
  it('knows every distance to 0.8 %', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 31, noNaN: true }), (distance) => {
        const histogram = new DistanceHistogram();
        histogram.add(distance, 3);
        expect(histogram.below(Math.max(0, distance * 0.992 - 1))).toBe(0);
        expect(histogram.below(distance * 1.008 + 1)).toBe(3);
      }),
    );
  });

  it('holds what lies beyond its range in its last bucket', () => {
    const histogram = new DistanceHistogram();
    histogram.add(2 ** 50, 1);
    expect([histogram.below(2 ** 31), histogram.below(2 ** 50)]).toEqual([0, 1]);
  });
});

describe('as the sampler of a cache', () => {
  it('is told of every read of a sampled key, and of no other, as long as it samples the key', () => {
    let threshold = 2 ** 31;
    const told: number[] = [];
    const sampler = {
      get threshold() {
        return threshold;
      },
      access: (hash: number) => void told.push(hash),
    };
    const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`);
    const sampledBelow = (limit: number): number[] => keys.map(hashKey).filter((hash) => hash < limit);
    const store = createMemoryStore<string>({ sampler });
    const readAll = (): number[] => {
      told.length = 0;
      for (const key of keys) expect(store.get(key)).toBe(key);
      return [...told];
    };
    for (const key of keys) store.set(key, key);
    expect(told).toEqual(sampledBelow(threshold)); // the misses that were filled
    expect(readAll()).toEqual(sampledBelow(threshold));
    threshold = 2 ** 29;
    expect(readAll()).toEqual(sampledBelow(threshold));
    expect(readAll()).toEqual(sampledBelow(threshold));
    for (const key of keys) {
      expect([store.peek(key), store.has(key), store.set(key, 'new')]).toEqual([key, true, true]);
      expect([store.peek(key), store.delete(key), store.has(key)]).toEqual(['new', true, false]);
    }
    expect(told.length).toBe(sampledBelow(threshold).length); // none of these is a read
    expect(store.size).toBe(0);
  });

  it('shows in the stats what other sizes would give, and in the advice', async () => {
    const sampler = missRatioCurve({ maxRate: 1 });
    const cache = createCache({ l1: { maxEntries: 100, sampler } });
    expect((await cache.stats()).curve).toBeUndefined();
    for (let round = 0; round < 20; round += 1) {
      for (let i = 0; i < 150; i += 1) await cache.getOrSet(`k${i}`, () => i);
    }
    const stats = await cache.stats();
    expect(sampler.accesses).toBe(stats.total_requests); // each read is told once, hit or miss
    expect(stats.curve?.entries).toBe(100);
    expect(stats.curve?.hitRates).toMatchObject({ half: 0, same: 0, double: 0.95, quadruple: 0.95 });
    expect(advise(stats).map((advice) => advice.code)).toContain('size');
    expect((await cache.namespace('n').stats()).curve).toBeUndefined();
  });
});
