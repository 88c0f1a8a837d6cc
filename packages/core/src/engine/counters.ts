import type { FamilyStats } from '../stats.ts';
import { Histogram } from './histogram.ts';

/** Families that are counted apart; further ones share the name `other`. */
export const MAX_FAMILIES = 100;

interface FamilyCounts {
  hits: number;
  misses: number;
  sets: number;
  deletes: number;
}

/** The numbers behind `cache.stats()`. */
export class Counters {
  hits = 0;
  misses = 0;
  sets = 0;
  deletes = 0;
  errors = 0;
  stale = 0;
  negative = 0;
  loads = 0;
  joined = 0;
  fenced = 0;
  evictions = 0;
  l1Hits = 0;
  l2Hits = 0;
  readonly loadMs: Histogram = new Histogram();
  readonly #families = new Map<string, FamilyCounts>();

  /** The counts of the family that `key` (without its namespace) belongs to: its first segment. */
  family(key: string): FamilyCounts {
    const end = key.indexOf(':');
    const name = end < 0 ? key : key.slice(0, end);
    const known = this.#families.get(name);
    if (known) return known;
    // A key of one segment is a family of its own only while there is room.
    const room = this.#families.size < MAX_FAMILIES - 1;
    const own = room ? name : 'other';
    let counts = this.#families.get(own);
    if (!counts) this.#families.set(own, (counts = { hits: 0, misses: 0, sets: 0, deletes: 0 }));
    return counts;
  }

  families(): Record<string, FamilyStats> {
    return Object.fromEntries(
      [...this.#families].map(([name, counts]) => [
        name,
        { ...counts, hit_rate: hitRate(counts.hits, counts.misses) },
      ]),
    );
  }
}

/** Such as '86.02%'; '0.00%' where nothing was asked. */
export const hitRate = (hits: number, misses: number): string =>
  `${(hits + misses === 0 ? 0 : (hits / (hits + misses)) * 100).toFixed(2)}%`;
