/**
 * Sees a fixed share of the keys that a memory store is asked for: enough to know what hit rate it would have at
 * another size, at next to no cost.
 *
 * Which keys is decided by their hash alone, so that all reads of a key are seen or none (spatial sampling:
 * Waldspurger, Park, Garthwaite, Ahmad: "Efficient MRC construction with SHARDS", FAST 2015).
 */
export interface AccessSampler {
  /** Keys whose 32-bit hash is below this are sampled; it may fall over time. */
  readonly threshold: number;
  /** A sampled key was asked for; `bytes` is its weight, 0 where it is not known (a miss, or nothing is weighed). */
  access(hash: number, bytes: number): void;
}
