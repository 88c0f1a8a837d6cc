/**
 * Ten million sets of distinct keys into a cache and into the memory store under it: entries and bytes stay
 * inside their bounds, and the memory of the process is after all of them what it was after the first tenth.
 */
import { createCache, MemoryBackend } from '@keepsake/core';
import { createMemoryStore } from '@keepsake/core/memory';
import type { LongTest } from '@keepsake/tooling/long-test';

const MAX_ENTRIES = 10_000;
const MAX_BYTES = 4 * 1_048_576;
const MIB = 1_024 * 1_024;
/**
 * What lives goes up and down by half a table of tag records (50,000) as those are dropped by halves; one byte
 * kept of each set would be more.
 */
const TOLERATED_LIVE_BYTES = 8 * MIB;
/** The same, and what V8 adds of its own, such as compiled code. */
const TOLERATED_RESIDENT_BYTES = 16 * MIB;
const CHECK_EVERY = 100_000;
const TTL_MS = 60_000;

/** One of the two that are filled. */
interface Filled {
  readonly name: string;
  /** Writes the i-th key, and now and then does what else fills a table. */
  write(i: number): Promise<void> | void;
  readonly bytes: number;
  size(): Promise<number> | number;
}

const value = (i: number): { id: number; text: string } => ({
  id: i,
  text: `value ${i}`.repeat(1 + (i % 8)),
});

const filledStore = (): Filled => {
  const store = createMemoryStore<object>({ maxEntries: MAX_ENTRIES, maxBytes: MAX_BYTES });
  return {
    name: 'memory store',
    write: (i) => void store.set(`key ${i}`, value(i), i % 3 === 0 ? TTL_MS : undefined),
    get bytes() {
      return store.bytes;
    },
    size: () => store.size,
  };
};

const filledCache = (): Filled => {
  const backend = new MemoryBackend({ maxEntries: MAX_ENTRIES, maxBytes: MAX_BYTES });
  const cache = createCache({ l1: backend });
  return {
    name: 'cache',
    // Tags, fences, departures, and families have tables of their own.
    write: async (i) => {
      await cache.set(`family${i % 1_000}:${i}`, value(i), { tags: [`tag ${i}`] });
      if (i % 8 === 0) await cache.invalidateTags([`tag ${i}`]);
      if (i % 8 === 1) await cache.getOrSet(`loaded ${i}`, () => i, { tags: [`tag ${i}`] });
      if (i % 8 === 2) await cache.inspect(`missed ${i}`);
      if (i % 8 === 3) await cache.delete(`family${i % 1_000}:${i}`);
    },
    get bytes() {
      return backend.bytes;
    },
    size: () => cache.size(),
  };
};

/** A Map with a name: nothing ever leaves it. */
const naive = (): Filled => {
  const map = new Map<string, object>();
  return {
    name: 'Map',
    write: (i) => void map.set(`key ${i}`, value(i)),
    bytes: 0,
    size: () => map.size,
  };
};

/** Bounded by the numbers that it reports, and remembers every key all the same. */
const rememberingKeys = (): Filled => {
  const inner = filledStore();
  const seen = new Set<string>();
  return {
    name: 'memory store that remembers its keys',
    write: (i) => {
      seen.add(`key ${i}`);
      return inner.write(i);
    },
    get bytes() {
      return inner.bytes;
    },
    size: () => inner.size(),
  };
};

const SUBJECTS: Readonly<Record<string, readonly (() => Filled)[]>> = {
  ours: [filledStore, filledCache],
  naive: [naive],
  'remembers-keys': [rememberingKeys],
};

interface Memory {
  readonly live: number;
  readonly resident: number;
}

/** After a collection of everything that gives back to the system what V8 kept at hand. */
const measure = (): Memory => {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: heapUsed + external, resident: rss };
};

const fill = async (
  filled: Filled,
  count: number,
  onProgress: (done: number) => void,
): Promise<{ violations: string[]; grown: Memory }> => {
  const violations: string[] = [];
  const firstTenth = Math.floor(count / 10);
  let before = measure();
  for (let i = 0; i < count; i += 1) {
    await filled.write(i);
    if (filled.bytes > MAX_BYTES) violations.push(`${filled.name}: ${filled.bytes} bytes after ${i} sets`);
    if (i % CHECK_EVERY === 0) {
      const size = await filled.size();
      if (size > MAX_ENTRIES) violations.push(`${filled.name}: ${size} entries after ${i} sets`);
      onProgress(i);
    }
    if (i === firstTenth) before = measure();
  }
  const after = measure();
  const grown = { live: after.live - before.live, resident: after.resident - before.resident };
  const told = `${filled.name}: after the first tenth`;
  if (grown.live > TOLERATED_LIVE_BYTES) violations.push(`${told} what lives grew by ${inMib(grown.live)}`);
  if (grown.resident > TOLERATED_RESIDENT_BYTES) {
    violations.push(`${told} the process grew by ${inMib(grown.resident)}`);
  }
  return { violations, grown };
};

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

export const longTest: LongTest = {
  unit: 'sets',
  count: 10_000_000,
  mutantCount: 1_000_000,
  mutants: ['remembers-keys'],
  run: async ({ subject, count, onProgress }) => {
    const makers = SUBJECTS[subject];
    if (!makers) throw new Error(`no subject ${subject}`);
    if (globalThis.gc === undefined) throw new Error('memory is measured after a collection: --expose-gc');
    const violations: string[] = [];
    const worst: Record<string, number> = {};
    for (const make of makers) {
      const filled = make();
      const found = await fill(filled, count, onProgress);
      violations.push(...found.violations);
      worst[`${filled.name}: live bytes grown by`] = found.grown.live;
      worst[`${filled.name}: resident bytes grown by`] = found.grown.resident;
    }
    return { count, violations, worst };
  },
};
