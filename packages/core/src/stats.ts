import type { CurveSummary } from './curve/curve-summary.ts';

/** Counts of one family of keys (the first segment of a key). */
export interface FamilyStats {
  readonly hits: number;
  readonly misses: number;
  readonly hit_rate: string;
  readonly sets: number;
  readonly deletes: number;
}

/** Counts since the cache was made, in this process. The first eight fields are JSON of a fixed shape. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  /** hits + misses; stale and negative answers count as hits. */
  readonly total_requests: number;
  /** Such as '86.02%'; '0.00%' before the first request. */
  readonly hit_rate: string;
  readonly sets: number;
  /** Keys deleted and tags invalidated. */
  readonly deletes: number;
  readonly errors: number;
  /** Keys in this cache's namespace. */
  readonly db_size: number;
  readonly stale: number;
  readonly negative: number;
  readonly loads: number;
  readonly joined: number;
  readonly fenced: number;
  readonly evictions: number;
  readonly l1Hits: number;
  readonly l2Hits: number;
  /** Estimated bytes in L1. */
  readonly bytes: number;
  readonly loadMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** With a `sampler` in L1: the hit rate that it would have with half, twice and four times the room. */
  readonly curve?: CurveSummary;
  /** The bound: how stale a read may be. Infinity with `onBusLoss: 'serve'`, which gives it up. */
  readonly stalenessMs: number;
  readonly families: Readonly<Record<string, FamilyStats>>;
}
