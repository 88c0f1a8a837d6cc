import type { Lifetime, StoreItem } from '../backend.ts';
import type { Entry } from '../entry.ts';

/** What is stored, but for the condition. */
export type StoreContent = Omit<StoreItem, 'condition'>;

/** An entry of L2 as something to store in L1. */
export const contentOf = (key: string, entry: Entry, now: number): StoreContent => {
  const { freshUntil, swrUntil, graceUntil, slidingMs } = entry;
  const after = (until: number): number => (until === Infinity ? 0 : until - freshUntil);
  const life: Lifetime = {
    freshMs: freshUntil - now,
    swrMs: after(swrUntil),
    graceMs: after(graceUntil),
    slidingMs,
  };
  return { ...entry, key, life, ageMs: now - entry.createdAt, maxBytes: Infinity };
};

/**
 * The life of a copy in L1. Where no message tells of changes it lasts for what is left of the bound on
 * staleness at most, and is never served stale; undefined where nothing is left of it.
 */
export const nearLife = (life: Lifetime, leftMs: number): Lifetime | undefined => {
  const freshMs = Math.min(leftMs, life.freshMs);
  if (leftMs === Infinity) return freshMs + life.graceMs > 0 ? { ...life, slidingMs: 0 } : undefined;
  return freshMs > 0 ? { freshMs, swrMs: 0, graceMs: 0, slidingMs: 0 } : undefined;
};
