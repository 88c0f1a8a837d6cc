import type { BackendFence, CacheBackend, Lifetime, StoreItem, StoreOutcome } from '../backend.ts';
import type { Entry } from '../entry.ts';

/** What is stored, but for the condition. */
export type StoreContent = Omit<StoreItem, 'condition'>;

/**
 * Puts into L1 what lies in L2, for what is left of the bound on staleness at most, and without stale
 * windows. `leftMs` counts from before the read or the load. A number may be a counter, which other processes
 * raise: it is always read from L2. A fence that is not used is given back.
 */
export const keepNear = async (
  l1: CacheBackend,
  content: StoreContent,
  fence: BackendFence,
  leftMs: number,
): Promise<StoreOutcome> => {
  const freshMs = Math.min(leftMs, content.life.freshMs);
  if (freshMs <= 0 || typeof content.value === 'number') {
    await l1.release([fence]);
    return 'unknown';
  }
  const life: Lifetime = { freshMs, swrMs: 0, graceMs: 0, slidingMs: 0 };
  const outcomes = await l1.setMany([{ ...content, life, condition: fence }]);
  return outcomes[0] ?? 'unknown';
};

/** An entry of L2 as something to store. */
export const contentOf = (key: string, entry: Entry, now: number): StoreContent => ({
  ...entry,
  key,
  life: { freshMs: entry.freshUntil - now, swrMs: 0, graceMs: 0, slidingMs: 0 },
  ageMs: now - entry.createdAt,
  maxBytes: Infinity,
});
