/**
 * Weights by distance, in bounded memory.
 *
 * Idea: as in an HDR histogram, distances below 256 have a bucket each, those above 128 buckets an octave: a
 * distance is known to 0.8 %. Inside a bucket the weight counts as spread evenly. 26 kB, whatever comes.
 */
const EXACT = 256;
const PER_OCTAVE = 128;
/** Distances from 2^32 on share the last bucket. */
const OCTAVES = 24;
const LENGTH = EXACT + OCTAVES * PER_OCTAVE;

export class DistanceHistogram {
  readonly #weights = new Float64Array(LENGTH);

  /** `distance` >= 0, fractions allowed. */
  add(distance: number, weight: number): void {
    const bucket = bucketOf(distance);
    this.#weights[bucket] = (this.#weights[bucket] as number) + weight;
  }

  /** The weight of all distances below `distance`. */
  below(distance: number): number {
    const last = bucketOf(distance);
    let sum = 0;
    for (let bucket = 0; bucket < last; bucket += 1) sum += this.#weights[bucket] as number;
    const start = startOf(last);
    const share = Math.min(1, (distance - start) / (startOf(last + 1) - start));
    return sum + (this.#weights[last] as number) * share;
  }

  clear(): void {
    this.#weights.fill(0);
  }
}

const bucketOf = (distance: number): number => {
  if (distance < EXACT) return Math.floor(distance);
  const octave = Math.floor(Math.log2(distance));
  const within = Math.floor((distance / 2 ** octave - 1) * PER_OCTAVE);
  return Math.min(LENGTH - 1, EXACT + (octave - 8) * PER_OCTAVE + within);
};

const startOf = (bucket: number): number => {
  if (bucket < EXACT) return bucket;
  const above = bucket - EXACT;
  return 2 ** (8 + Math.floor(above / PER_OCTAVE)) * (1 + (above % PER_OCTAVE) / PER_OCTAVE);
};
