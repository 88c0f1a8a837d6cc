import { MemoryBackend } from '../memory/memory-backend.ts';
import type { CacheStats } from '../stats.ts';
import { type Counters, hitRate } from './counters.ts';
import type { Tiers } from './tiers.ts';

/** The numbers of one cache in the shape that it publishes. `isWhole`: of all that its L1 is asked for. */
export const gatherStats = (counters: Counters, tiers: Tiers, size: number, isWhole: boolean): CacheStats => {
  const { hits, misses, sets, deletes, errors, loadMs, ...more } = counters;
  const memory = tiers.l1 instanceof MemoryBackend ? tiers.l1 : undefined;
  const curve = isWhole ? memory?.curve(hits + misses) : undefined;
  return {
    hits,
    misses,
    total_requests: hits + misses,
    hit_rate: hitRate(hits, misses),
    sets,
    deletes,
    errors,
    db_size: size,
    ...more,
    bytes: memory?.bytes ?? 0,
    ...(curve && { curve }),
    loadMs: { p50: loadMs.quantile(0.5), p95: loadMs.quantile(0.95), p99: loadMs.quantile(0.99) },
    stalenessMs: tiers.stalenessMs,
    families: counters.families(),
  };
};
