import type { CurveSummary } from '../curve/curve-summary.ts';

/**
 * Sees a fixed share of the keys that a memory store is asked for: enough to know what hit rate it would have at
 * another size, at next to no cost. `missRatioCurve()` of `@keepsake/core/curve` is one.
 *
 * Which keys is decided by their hash alone, so that all reads of a key are seen or none (spatial sampling:
 * Waldspurger, Park, Garthwaite, Ahmad: "Efficient MRC construction with SHARDS", FAST 2015). A hit is told when it
 * happens, a miss when its value is stored.
 */
export interface AccessSampler {
  /** Keys whose 32-bit hash is below this are sampled; it may fall over time. */
  readonly threshold: number;
  /** A sampled key was asked for, or stored after a miss; `bytes` is its weight, 0 where nothing is weighed. */
  access(hash: number, bytes: number): void;
  /** What the hit rate would be with other room than for `entries`, after so many accesses: shows in the stats. */
  summary?(entries: number, accesses: number): CurveSummary;
}
