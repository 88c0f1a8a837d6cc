import type { BackendFence, CacheBackend, Lifetime, StoreItem } from '../backend.ts';
import { isMiss } from '../backend.ts';
import type { Entry } from '../entry.ts';

/** One backend under test, empty at the start, with what the suite needs around it. */
export interface BackendHarness {
  readonly backend: CacheBackend;
  /** Another instance on the same data, as another process has it; for shared backends. */
  readonly peer?: CacheBackend;
  /** Lets `ms` pass: on a virtual clock, or in earnest. */
  wait(ms: number): Promise<void>;
  /** The clock on which the entries' times are. */
  now(): number;
  close(): Promise<void>;
}

/** One test of the suite: its name says the promise. */
export type BackendCase = readonly [name: string, body: (harness: BackendHarness) => Promise<void>];

const MINUTE: Lifetime = { freshMs: 60_000, swrMs: 0, graceMs: 0, slidingMs: 0 };

/** A lifetime that is fresh for `freshMs` and stale for `graceMs`. */
export const life = (freshMs: number, graceMs = 0, swrMs = 0): Lifetime => ({
  freshMs,
  swrMs,
  graceMs,
  slidingMs: 0,
});

/** An unconditional store of a minute, but for what is said. */
export const item = (key: string, value: unknown, change: Partial<StoreItem> = {}): StoreItem => ({
  key,
  value,
  life: MINUTE,
  ageMs: 0,
  costMs: 0,
  negative: false,
  tags: [],
  version: 0,
  maxBytes: 1_048_576,
  condition: 'always',
  ...change,
});

/** What a read answers, in short: the value, or the word `miss`. */
export const valueOf = async (backend: CacheBackend, key: string): Promise<unknown> => {
  const read = await backend.get(key, 'read');
  return isMiss(read) ? 'miss' : read.value;
};

export const entryOf = async (backend: CacheBackend, key: string): Promise<Entry> => {
  const read = await backend.get(key, 'read');
  if (isMiss(read)) throw new Error(`expected an entry at ${key}, got a miss (${read.reason})`);
  return read;
};

/** The fence of a miss. */
export const missFence = async (backend: CacheBackend, key: string): Promise<BackendFence> => {
  const read = await backend.get(key, 'fill');
  if (!isMiss(read) || !read.fence) throw new Error(`expected a miss with a fence at ${key}`);
  return read.fence;
};
