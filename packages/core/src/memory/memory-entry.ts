import type { StoreItem } from '../backend.ts';
import type { Entry } from '../entry.ts';

type Content = Omit<StoreItem, 'key' | 'maxBytes' | 'condition'>;

/** What is stored for an item that arrives at `now`. Infinity saturates: forever plus grace is forever. */
export const makeEntry = (item: Content, now: number, number: number): Entry => {
  const { freshMs, swrMs, graceMs, slidingMs } = item.life;
  const freshUntil = now + freshMs;
  return {
    value: item.value,
    createdAt: now - item.ageMs,
    freshUntil,
    swrUntil: freshUntil + swrMs,
    graceUntil: freshUntil + graceMs,
    slidingMs,
    costMs: item.costMs,
    negative: item.negative,
    tags: item.tags,
    number,
    version: item.version,
    acceptedBy: item.acceptedBy,
  };
};

/** The entry fresh for `freshMs` from `now`, its windows as long as they were. */
export const renewed = (entry: Entry, freshMs: number, now: number): Entry => {
  const freshUntil = now + freshMs;
  return {
    ...entry,
    freshUntil,
    swrUntil: freshUntil + windowMs(entry.freshUntil, entry.swrUntil),
    graceUntil: freshUntil + windowMs(entry.freshUntil, entry.graceUntil),
    slidingMs: entry.slidingMs > 0 && freshMs !== Infinity ? freshMs : 0,
  };
};

/** The entry as it is if it became stale at `at`: its windows for stale service start then, and never grow. */
export const expiredAt = (entry: Entry, at: number): Entry => {
  if (entry.freshUntil <= at) return entry;
  return {
    ...entry,
    freshUntil: at,
    swrUntil: Math.min(entry.swrUntil, at + windowMs(entry.freshUntil, entry.swrUntil)),
    graceUntil: Math.min(entry.graceUntil, at + windowMs(entry.freshUntil, entry.graceUntil)),
  };
};

/** An entry that is forever fresh has no stale window: Infinity minus Infinity is no number. */
const windowMs = (from: number, until: number): number => (from === Infinity ? 0 : until - from);

/** Whether a plain read would answer with it. */
export const isServable = (entry: Entry, now: number): boolean => now < entry.swrUntil && !entry.negative;
