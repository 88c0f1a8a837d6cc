/** Deterministic streams of keys for the benchmarks. */

/** A generator of numbers in [0, 1) from a seed (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** `count` draws from 0..`keys`-1 with probability proportional to 1/rank^exponent. */
export const zipf = (keys: number, exponent: number, count: number, seed: number): Uint32Array => {
  const cumulative = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank += 1) cumulative[rank] = sum += 1 / (rank + 1) ** exponent;
  const random = randomFrom(seed);
  return Uint32Array.from({ length: count }, () => {
    const target = random() * sum;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) < target) low = middle + 1;
      else high = middle;
    }
    return low;
  });
};

/** Accesses in order. Keys are small integers, 0..distinct-1. */
export interface Trace {
  readonly name: string;
  /** What applications do is judged; loops, scans and abrupt changes are shown. */
  readonly kind: 'application' | 'adverse' | 'file';
  readonly keys: Uint32Array;
  readonly distinct: number;
  /** By access: milliseconds from the start. */
  readonly atMs?: Float64Array;
  /** By key: how long a value is good for. */
  readonly ttlMs?: Float64Array;
  /** By key: bytes of its value. */
  readonly bytes?: Float64Array;
}

/** The same accesses with keys numbered in order of their first one. */
export const numbered = (keys: ArrayLike<number>): { keys: Uint32Array; distinct: number } => {
  const numbers = new Map<number, number>();
  const renamed = Uint32Array.from(keys, (key) => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  });
  return { keys: renamed, distinct: numbers.size };
};

export interface TraceSize {
  readonly keys: number;
  readonly accesses: number;
}

/** What is new is asked for most and cools off: all ranks move on by one key at a time, by `keys` in all. */
export const shifting = ({ keys, accesses }: TraceSize, seed: number): Uint32Array =>
  zipf(keys, 0.9, accesses, seed).map((rank, i) => keys + Math.floor((i * keys) / accesses) - rank);

/** Ten times, from one access to the next, other keys become the popular ones. */
export const replaced = ({ keys, accesses }: TraceSize, seed: number): Uint32Array =>
  zipf(keys, 0.9, accesses, seed).map((rank, i) => {
    const era = Math.floor((i * 10) / accesses);
    return (rank * 7_919 + era * 12_345) % keys;
  });

/** Keys warm up slowly and are never asked for again from the moment when they are hottest. */
export const cutOff = ({ keys, accesses }: TraceSize, seed: number): Uint32Array =>
  zipf(keys, 0.9, accesses, seed).map((rank, i) => rank + Math.floor((i * keys) / accesses));

/** Zipf, and a fifth of the time a scan over `keys` cold keys in order, each a fifth of an era long. */
export const scansAmongZipf = ({ keys, accesses }: TraceSize, seed: number): Uint32Array => {
  const era = Math.ceil(accesses / 20);
  let scanned = 0;
  return zipf(keys, 1, accesses, seed).map((key, i) =>
    i % era < era * 0.8 ? key : keys + (scanned++ % keys),
  );
};

/** Zipf, loops over a fifth as many keys, and scans of keys that are never seen again. */
export const mixed = ({ keys, accesses }: TraceSize, seed: number): Uint32Array => {
  const era = Math.ceil(accesses / 10);
  let looped = 0;
  let scanned = 0;
  return zipf(keys, 1, accesses, seed).map((key, i) => {
    const phase = (i % era) / era;
    if (phase < 0.6) return key;
    return phase < 0.85 ? keys + (looped++ % Math.ceil(keys / 5)) : 2 * keys + scanned++;
  });
};

/** All keys in order, again and again. */
export const loop = ({ keys, accesses }: TraceSize): Uint32Array =>
  Uint32Array.from({ length: accesses }, (_, i) => i % keys);

const plain = (name: string, kind: Trace['kind'], keys: Uint32Array): Trace => ({
  name,
  kind,
  ...numbered(keys),
});

/** A request a millisecond; a third of the keys lives 10 s, a third 60 s, a third 10 min. */
const withTtls = (trace: Trace, accesses: number, seed: number): Trace => {
  const random = randomFrom(seed);
  const lives = [10_000, 60_000, 600_000];
  // As long as a million requests take, whatever the number of accesses.
  const spacing = 1_000_000 / accesses;
  return {
    ...trace,
    atMs: Float64Array.from(trace.keys, (_, i) => i * spacing),
    ttlMs: Float64Array.from({ length: trace.distinct }, () => lives[Math.floor(random() * 3)] as number),
  };
};

/** Sizes from 100 B to 100 kB, as often between 100 B and 1 kB as between 10 and 100 kB. */
const withSizes = (trace: Trace, seed: number): Trace => {
  const random = randomFrom(seed);
  return {
    ...trace,
    bytes: Float64Array.from({ length: trace.distinct }, () => Math.round(100 * 1_000 ** random())),
  };
};

/** The same traces every time. */
export const generatedTraces = (size: TraceSize): Trace[] => [
  ...[0.8, 1, 1.2].map((exponent) =>
    plain(`zipf ${exponent}`, 'application', zipf(size.keys, exponent, size.accesses, 1)),
  ),
  plain('shifting hot set', 'application', shifting(size, 2)),
  withTtls(plain('TTLs', 'application', zipf(size.keys, 0.9, size.accesses, 3)), size.accesses, 4),
  withSizes(plain('sizes', 'application', zipf(size.keys, 1, size.accesses, 5)), 6),
  plain('scans among zipf', 'adverse', scansAmongZipf(size, 7)),
  plain('zipf, loops, scans', 'adverse', mixed(size, 8)),
  plain('hot set replaced', 'adverse', replaced(size, 9)),
  plain('cut off at the peak', 'adverse', cutOff(size, 10)),
  plain('loop', 'adverse', loop({ keys: size.keys / 2, accesses: size.accesses })),
];
