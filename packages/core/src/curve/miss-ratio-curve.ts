/**
 * The miss ratio of an LRU cache as a function of its size, from the accesses that go by.
 *
 * Idea: SHARDS (Waldspurger, Park, Garthwaite, Ahmad: "Efficient MRC construction with SHARDS", FAST 2015),
 * of fixed size. A key is sampled if its hash is below a threshold, so all accesses of a sampled key are seen;
 * stack distances are exact among the sampled keys, and divided by the sampling rate they estimate those among
 * all. The threshold falls whenever the sample is full. An access counts 1 / rate, so what was counted at a
 * higher rate needs no rescaling. SHARDS-adj: what the weights lack of the true number of accesses, because a
 * hot key is or is not in the sample, counts as hits at the smallest distance: so misses alone are estimated,
 * and divided by the true number.
 *
 * What a store tells waits until there are 512: one access in a hundred finds nothing of the tables below in
 * the processor's cache, and pays for that; together they pay once. Whoever reads the curve works them off.
 */
import { CacheError } from '../errors.ts';
import type { AccessSampler } from '../memory/access-sampler.ts';
import { hashKey } from '../memory/hash-key.ts';
import type { CurveSummary } from './curve-summary.ts';
import { DistanceHistogram } from './distance-histogram.ts';
import { ReuseStack } from './reuse-stack.ts';

const ALL_HASHES = 2 ** 32;
/** What is kept of a full sample: to drop an eighth at once costs less than one by one. */
const KEPT = 7 / 8;
const POINTS = 64;
/** Accesses that wait to be worked off together. */
const BATCH = 512;

export interface MissRatioCurveOptions {
  /** Keys in the sample at most, 16 to 65,536. Default 2,048; memory is about 73 bytes each (of the next power of two) and 32 kB. */
  samples?: number;
  /** The share of keys sampled at most, above 0 to 1. Default 0.125: what costs under 2 % of a cache's time. */
  maxRate?: number;
}

export interface CurvePoint {
  readonly entries: number;
  /** 0..1. */
  readonly missRatio: number;
}

export const CURVE_DEFAULTS: Readonly<Required<MissRatioCurveOptions>> = { samples: 2_048, maxRate: 0.125 };

/**
 * The curve of the accesses that it was told of; ratios are 0..1. A memory store tells of sampled accesses alone,
 * so the methods take the number of all: give it where it is known (`hits + misses` of the stats), for without
 * it a hot key that is, or is not, in the sample can bend the curve. `record` counts by itself.
 */
export interface MissRatioCurve extends AccessSampler {
  /** Tells of an access by hand, where the curve is not the `sampler` of a memory backend. */
  record(key: string, bytes?: number): void;
  /** Miss ratio with room for so many entries; 1 before the first access. Throws ERR_OPTION for no number. */
  at(entries: number, accesses?: number): number;
  /** Miss ratio with room for so many bytes, by the mean weight of the sampled keys; 1 where none was told. */
  atBytes(bytes: number, accesses?: number): number;
  /** At most 64 sizes, evenly spaced by ratio from 1 to the footprint; none before the first access. */
  points(accesses?: number): CurvePoint[];
  /** The hit rates with half, twice and four times `entries`, for `CacheStats.curve`. */
  summary(entries: number, accesses?: number): CurveSummary;
  /** All accesses: those recorded, and an estimate of those that a store had. */
  readonly accesses: number;
  /** Distinct keys, estimated. */
  readonly footprint: number;
  /** Keys in the sample. */
  readonly sampled: number;
}

/**
 * Learns what the hit rate would be at other sizes. The curve is that of an LRU cache without TTL, to about a
 * point in the mean; at the edge of a loop it can be off by ten. The default policy `s3-fifo` is not LRU: with
 * 1 to 20 % of the keys in the cache it had 0.2 to 10 points more hits on the benchmark's traces, with half of
 * them less than 1. So go by the difference between two sizes, not by the figure for one.
 *
 * @example
 * ```ts
 * import { missRatioCurve } from '@keepsake/core/curve';
 *
 * const curve = missRatioCurve({ maxRate: 1 });
 * for (let i = 0; i < 1_000; i += 1) curve.record(`key:${i % 100}`);
 * console.log(curve.at(99), curve.at(100)); // 1 0.1
 * ```
 * @throws CacheError ERR_OPTION for `samples` or `maxRate` out of bounds.
 */
export const missRatioCurve = (options: MissRatioCurveOptions = {}): MissRatioCurve => new Shards(options);

class Shards implements MissRatioCurve {
  readonly #samples: number;
  readonly #stack: ReuseStack;
  readonly #histogram = new DistanceHistogram();
  #threshold: number;
  /** What all sampled accesses count. */
  #weight = 0;
  /** How many were recorded by hand, less what those of them count that were sampled. */
  #recordedBeyond = 0;
  /** Hashes of accesses that were not worked off yet, and their bytes. */
  readonly #hashes = new Uint32Array(BATCH);
  readonly #bytes = new Float64Array(BATCH);
  #waiting = 0;

  constructor(options: MissRatioCurveOptions) {
    const { samples, maxRate } = { ...CURVE_DEFAULTS, ...options };
    this.#samples = Math.floor(inside('samples', samples, 16, 2 ** 16));
    this.#threshold = Math.ceil(inside('maxRate', maxRate, Number.MIN_VALUE, 1) * ALL_HASHES);
    this.#stack = new ReuseStack(this.#samples);
  }

  /** Not less than it will be once those that wait are worked off: then the ones above it are passed over. */
  get threshold(): number {
    return this.#threshold;
  }

  get accesses(): number {
    this.#workOff();
    return Math.round(this.#weight + this.#recordedBeyond);
  }

  get sampled(): number {
    this.#workOff();
    return this.#stack.count;
  }

  get footprint(): number {
    this.#workOff();
    return Math.round((this.#stack.count * ALL_HASHES) / this.#threshold);
  }

  record(key: string, bytes = 0): void {
    const hash = hashKey(key);
    this.#workOff();
    this.#recordedBeyond += 1;
    if (hash >= this.#threshold) return;
    this.#recordedBeyond -= ALL_HASHES / this.#threshold;
    this.#use(hash, bytes);
  }

  access(hash: number, bytes: number): void {
    this.#hashes[this.#waiting] = hash;
    this.#bytes[this.#waiting] = bytes;
    this.#waiting += 1;
    if (this.#waiting === BATCH) this.#workOff();
  }

  #workOff(): void {
    const count = this.#waiting;
    this.#waiting = 0;
    for (let i = 0; i < count; i += 1) {
      const hash = this.#hashes[i] as number;
      if (hash < this.#threshold) this.#use(hash, this.#bytes[i] as number);
    }
  }

  #use(hash: number, bytes: number): void {
    const scale = ALL_HASHES / this.#threshold;
    const distance = this.#stack.use(hash, bytes);
    this.#weight += scale;
    // Between d and d + 1 sampled keys: the middle, where not every key is sampled.
    if (distance >= 0) this.#histogram.add(distance * scale + (scale - 1) / 2, scale);
    else if (this.#stack.count >= this.#samples) {
      this.#threshold = this.#stack.dropHighest(Math.floor(this.#samples * KEPT));
    }
  }

  at(entries: number, accesses: number = this.accesses): number {
    const size = inside('entries', entries, 0, Infinity);
    this.#workOff();
    if (size < 1 || this.#weight === 0 || accesses === 0) return 1;
    const misses = this.#weight - this.#histogram.below(size);
    return Math.min(1, Math.max(0, misses / inside('accesses', accesses, 1, Infinity)));
  }

  atBytes(bytes: number, accesses?: number): number {
    this.#workOff();
    const { totalBytes, count } = this.#stack;
    const room = inside('bytes', bytes, 0, Infinity);
    return totalBytes === 0 ? 1 : this.at((room * count) / totalBytes, accesses);
  }

  points(accesses?: number): CurvePoint[] {
    const last = Math.max(1, this.footprint);
    const sizes = Array.from({ length: POINTS }, (_, i) => Math.round(last ** (i / (POINTS - 1))));
    const distinct = this.#weight === 0 ? [] : [...new Set(sizes)];
    return distinct.map((entries) => ({ entries, missRatio: this.at(entries, accesses) }));
  }

  summary(entries: number, accesses?: number): CurveSummary {
    const hitRate = (size: number): number => 1 - this.at(size, accesses);
    return {
      entries,
      hitRates: {
        half: hitRate(entries / 2),
        same: hitRate(entries),
        double: hitRate(entries * 2),
        quadruple: hitRate(entries * 4),
      },
    };
  }
}

const inside = (name: string, value: number, least: number, most: number): number => {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  const range = `a number from ${least} to ${most}`;
  throw new CacheError('ERR_OPTION', `${name}: expected ${range}, got ${String(value)}`);
};
