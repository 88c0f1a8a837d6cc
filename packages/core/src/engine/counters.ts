import type { CacheEventName, CacheEvents, Tier } from '../events.ts';
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

/** Events of which only the number counts. */
const COUNTED: { readonly [N in CacheEventName]?: 'errors' | 'evictions' | 'loads' | 'joined' | 'fenced' } = {
  'entry.rejected': 'errors',
  'backend.failed': 'errors',
  'entry.evicted': 'evictions',
  'load.started': 'loads',
  'load.joined': 'joined',
  'load.fenced': 'fenced',
};

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
  /** The family of the last key: most keys are of the family of the one before. */
  #lastStart = '';
  #last: FamilyCounts | undefined;

  /** `start`: where in `key` its namespace ends. (It happens most: every step of it counts.) */
  hit(key: string, start: number, tier: Tier | undefined, isStale: boolean, isNegative: boolean): void {
    this.hits += 1;
    this.#family(key, start).hits += 1;
    if (tier === 'l1') this.l1Hits += 1;
    else if (tier) this.l2Hits += 1;
    if (isStale) this.stale += 1;
    if (isNegative) this.negative += 1;
  }

  /** What the event stands for, but for hits. */
  count<N extends CacheEventName>(event: N, key: string, start: number, own: CacheEvents[N]): void {
    switch (event) {
      case 'entry.missed':
        this.misses += 1;
        this.#family(key, start).misses += 1;
        break;
      case 'entry.stored':
        this.sets += 1;
        this.#family(key, start).sets += 1;
        break;
      case 'entry.deleted':
        this.deletes += 1;
        this.#family(key, start).deletes += 1;
        break;
      case 'tag.invalidated':
        this.deletes += (own as CacheEvents['tag.invalidated']).tags.length;
        break;
      case 'load.finished':
        this.loadMs.record((own as CacheEvents['load.finished']).durationMs);
        break;
      default: {
        const counter = COUNTED[event];
        if (counter) this[counter] += 1;
      }
    }
  }

  families(): Record<string, FamilyStats> {
    return Object.fromEntries(
      [...this.#families].map(([name, counts]) => [
        name,
        { ...counts, hit_rate: hitRate(counts.hits, counts.misses) },
      ]),
    );
  }

  /** The counts of the family that a key belongs to: its first segment. */
  #family(key: string, start: number): FamilyCounts {
    const last = this.#last;
    return last !== undefined && hasAt(key, this.#lastStart, start) ? last : this.#findFamily(key, start);
  }

  #findFamily(key: string, start: number): FamilyCounts {
    const end = key.indexOf(':', start);
    const name = key.slice(start, end < 0 ? key.length : end);
    let counts = this.#families.get(name);
    if (!counts) {
      // A key of one segment is a family of its own only while there is room.
      const own = this.#families.size < MAX_FAMILIES - 1 ? name : 'other';
      counts = this.#families.get(own) ?? { hits: 0, misses: 0, sets: 0, deletes: 0 };
      this.#families.set(own, counts);
    }
    if (end >= 0) {
      this.#lastStart = `${name}:`;
      this.#last = counts;
    }
    return counts;
  }
}

/** `text.startsWith(part, at)`, compiled in place, which the built-in is not: half the time. */
const hasAt = (text: string, part: string, at: number): boolean => {
  for (let i = 0; i < part.length; i += 1) if (text.charCodeAt(at + i) !== part.charCodeAt(i)) return false;
  return true;
};

/** Such as '86.02%'; '0.00%' where nothing was asked. */
export const hitRate = (hits: number, misses: number): string =>
  `${(hits + misses === 0 ? 0 : (hits / (hits + misses)) * 100).toFixed(2)}%`;
