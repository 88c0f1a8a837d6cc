/** What is compared: our policies, rival packages, and policies as their papers give them. */
import { createMemoryStore, type EvictionPolicyName } from '@keepsake/core/memory';
import { SieveCache } from '@neophi/sieve-cache';
import { LRUCache } from 'lru-cache';
import { newCache } from 'transitory';
import { TraceClock } from './hitratio-clock.ts';
import { arcReference, type Policy, s3FifoReference } from './hitratio-references.ts';
import type { Trace } from './traces.ts';

/** What a cache has to hold: so many entries, or so many bytes of any number of entries. */
export interface Room {
  readonly entries: number;
  readonly bytes?: number;
}

export interface Subject {
  readonly name: string;
  readonly version: string;
  /** Hits over the whole trace, from an empty cache; undefined where it cannot do such a trace. */
  readonly hits: (trace: Trace, room: Room) => number | undefined;
}

export const OURS = 'keepsake s3-fifo';
export const LRU = 'lru-cache';

interface Item {
  readonly until: number;
  readonly bytes: number;
}

interface Store {
  get(key: string): Item | null | undefined;
  set(key: string, item: Item, ttlMs: number): unknown;
}

/** An item that is past its time is a miss, and is stored anew, whether the store knows of TTLs or not. */
const replay = (trace: Trace, store: Store, clock = new TraceClock()): number => {
  const { keys, distinct, atMs, ttlMs, bytes } = trace;
  const names = Array.from({ length: distinct }, (_, key) => `key:${key}`);
  let hits = 0;
  keys.forEach((key, i) => {
    const now = atMs?.[i] ?? 0;
    if (atMs) clock.moveTo(now);
    const name = names[key] as string;
    const item = store.get(name);
    if (item && item.until > now) {
      hits += 1;
      return;
    }
    const life = ttlMs?.[key] ?? Infinity;
    store.set(name, { until: now + life, bytes: bytes?.[key] ?? 1 }, life);
  });
  return hits;
};

const replayPolicy = ({ keys, distinct, atMs, ttlMs }: Trace, policy: Policy): number => {
  const until = new Float64Array(distinct).fill(Infinity);
  let hits = 0;
  keys.forEach((key, i) => {
    const now = atMs?.[i] ?? 0;
    if (policy.request(key) && (until[key] as number) > now) hits += 1;
    else until[key] = now + (ttlMs?.[key] ?? Infinity);
  });
  return hits;
};

const keepsakeStore = (
  policy: EvictionPolicyName,
  room: Room,
  clock: TraceClock,
  isEager: boolean,
): Store => {
  const store = createMemoryStore<Item>({
    policy,
    clock,
    maxEntries: room.entries,
    ...(room.bytes !== undefined && { maxBytes: room.bytes, weigh: (item) => item.bytes }),
  });
  return {
    get: (key) => store.get(key),
    set: (key, item, ttlMs) => (isEager ? store.set(key, item, ttlMs) : store.set(key, item)),
  };
};

const keepsake = (policy: EvictionPolicyName): Subject => ({
  name: `keepsake ${policy}`,
  version: '',
  hits: (trace, room) => {
    const clock = new TraceClock();
    return replay(trace, keepsakeStore(policy, room, clock, true), clock);
  },
});

const reference = (name: string, make: (capacity: number, distinct: number) => Policy): Subject => ({
  name,
  version: 'of its paper',
  hits: (trace, room) =>
    room.bytes === undefined ? replayPolicy(trace, make(room.entries, trace.distinct)) : undefined,
});

export const subjects: readonly Subject[] = [
  keepsake('s3-fifo'),
  keepsake('lru'),
  keepsake('fifo'),
  {
    name: 'keepsake s3-fifo, TTLs left to it',
    version: '',
    hits: (trace, room) => {
      if (!trace.ttlMs) return undefined;
      const clock = new TraceClock();
      return replay(trace, keepsakeStore('s3-fifo', room, clock, false), clock);
    },
  },
  {
    name: LRU,
    version: '11',
    hits: (trace, { entries, bytes }) => {
      const cache = new LRUCache<string, Item>(
        bytes === undefined ? { max: entries } : { maxSize: bytes, sizeCalculation: (item) => item.bytes },
      );
      return replay(trace, { get: (key) => cache.get(key), set: (key, item) => cache.set(key, item) });
    },
  },
  {
    name: 'sieve-cache (SIEVE)',
    version: '1.5',
    hits: (trace, room) =>
      room.bytes === undefined ? replay(trace, new SieveCache<string, Item>(room.entries)) : undefined,
  },
  {
    name: 'transitory (W-TinyLFU)',
    version: '2.2',
    hits: (trace, { entries, bytes }) => {
      const room = bytes ?? entries;
      const builder = newCache<string, Item>().maxSize(room);
      const cache = (bytes === undefined ? builder : builder.withWeigher((_, item) => item.bytes)).build();
      const set = (key: string, item: Item): void => {
        cache.set(key, item);
        // Left to itself it holds 1 % more, or 5 entries, until a timer of its own runs.
        if (cache.weightedSize > room) cache.cleanUp();
      };
      const hits = replay(trace, { get: (key) => cache.getIfPresent(key), set });
      // Takes its timer back.
      cache.cleanUp();
      return hits;
    },
  },
  reference('ARC', arcReference),
  reference('S3-FIFO, promoted at the 1st re-use', (room, distinct) => s3FifoReference(room, distinct, 1)),
  reference('S3-FIFO, promoted at the 2nd re-use', (room, distinct) => s3FifoReference(room, distinct, 2)),
];
