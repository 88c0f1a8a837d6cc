/** What the reference model knows of one key: plain times on the virtual clock, and nothing lazy. */
export interface ReferenceEntry {
  readonly value: unknown;
  readonly freshUntil: number;
  readonly swrUntil: number;
  readonly graceUntil: number;
  readonly slidingMs: number;
  readonly negative: boolean;
  readonly tags: readonly string[];
}

/** How long something is to live, as a test asks for it. Infinity: forever; undefined: the cache's default. */
export interface Wish {
  readonly ttlMs: number | undefined;
  readonly swrMs: number;
  readonly graceMs: number;
  readonly sliding: boolean;
  readonly tags: readonly string[];
}

export const DEFAULT_TTL_MS = 5_000;

export type ReferenceState = 'fresh' | 'swr' | 'grace' | 'gone';

export const stateOf = (entry: ReferenceEntry | undefined, now: number): ReferenceState => {
  if (!entry || now >= entry.graceUntil) return 'gone';
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.swrUntil ? 'swr' : 'grace';
};

export const makeReference = (value: unknown, wish: Wish, now: number): ReferenceEntry => {
  const ttlMs = wish.ttlMs ?? DEFAULT_TTL_MS;
  return {
    value,
    freshUntil: now + ttlMs,
    swrUntil: now + ttlMs + wish.swrMs,
    graceUntil: now + ttlMs + Math.max(wish.swrMs, wish.graceMs),
    slidingMs: wish.sliding && ttlMs !== Infinity ? ttlMs : 0,
    negative: false,
    tags: wish.tags,
  };
};

/** A fresh hit starts the TTL anew, and the windows after it move along. */
export const slid = (entry: ReferenceEntry, now: number): ReferenceEntry => {
  if (entry.slidingMs === 0) return entry;
  const freshUntil = now + entry.slidingMs;
  return {
    ...entry,
    freshUntil,
    swrUntil: freshUntil + (entry.swrUntil - entry.freshUntil),
    graceUntil: freshUntil + (entry.graceUntil - entry.freshUntil),
  };
};

/** Stale from now on; what was forever fresh has no window in which to be stale. */
export const expired = (entry: ReferenceEntry, now: number): ReferenceEntry => {
  if (entry.freshUntil <= now) return entry;
  const windowMs = (until: number): number => (entry.freshUntil === Infinity ? 0 : until - entry.freshUntil);
  return {
    ...entry,
    freshUntil: now,
    swrUntil: now + windowMs(entry.swrUntil),
    graceUntil: now + windowMs(entry.graceUntil),
  };
};
