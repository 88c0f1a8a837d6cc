import { type CacheBackend, type Entry, isMiss, type Lifetime, type StoreItem } from '@keepsake/core';

export const MINUTE: Lifetime = { freshMs: 60_000, swrMs: 0, graceMs: 0, slidingMs: 0 };
export const FOREVER: Lifetime = { freshMs: Infinity, swrMs: 0, graceMs: 0, slidingMs: 0 };

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

/** The value, or `miss: <reason>`. */
export const look = async (backend: CacheBackend, key: string): Promise<unknown> => {
  const read = await backend.get(key, 'read');
  return isMiss(read) ? `miss: ${read.reason}` : read.value;
};

export const entryAt = async (backend: CacheBackend, key: string): Promise<Entry> => {
  const read = await backend.get(key, 'read');
  if (isMiss(read)) throw new Error(`expected an entry at ${key}, got a miss (${read.reason})`);
  return read;
};

/** The code of the error that `work` rejects with, or `none`. */
export const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => String((error as { code?: unknown }).code ?? error),
  );
