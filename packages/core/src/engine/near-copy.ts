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
 * The life of a copy in L1. Where no message tells of changes it is fresh for what is left of the bound on
 * staleness at most; after that it answers only inside the grace of the entry, where L2 cannot be asked and the
 * loader fails. Undefined where nothing is left of it.
 */
export const nearLife = (life: Lifetime, leftMs: number): Lifetime | undefined => {
  const freshMs = Math.min(leftMs, life.freshMs);
  const { swrMs } = life;
  const graceMs = life.graceMs > 0 ? life.freshMs + life.graceMs - freshMs : 0;
  if (freshMs + graceMs <= 0 || (leftMs !== Infinity && freshMs <= 0)) return undefined;
  return { freshMs, swrMs: leftMs === Infinity ? swrMs : 0, graceMs, slidingMs: 0 };
};
