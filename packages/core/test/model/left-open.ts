/**
 * Where the cache's promises say nothing exact, the model says nothing either: a command that would meet such
 * a case is not run. Each predicate is one open question; where it is answered, the predicate goes.
 */
import type { ReferenceCache } from './reference-cache.ts';

/** What a command may ask of the model before it runs. */
export type ReferenceView = Pick<ReferenceCache, 'entries' | 'state' | 'isLoadOpen'>;

/** Whether a touch keeps the entry's own windows for stale service, and its sliding; the cache's hold for it. */
export const isTouchOpen = (view: ReferenceView, key: string): boolean => {
  const entry = view.entries.get(key);
  return entry !== undefined && (entry.slidingMs > 0 || entry.graceUntil > entry.freshUntil);
};

/** Whether a key whose load failed still waits before the next after it was written or removed. */
export const isLoadOpen = (view: ReferenceView, key: string): boolean => view.isLoadOpen(key);

/** From when the window of what is stale already counts after one more expire by tag. */
export const isTagExpireOpen = (view: ReferenceView, tags: readonly string[]): boolean =>
  [...view.entries].some(
    ([key, entry]) =>
      ['swr', 'grace'].includes(view.state(key)) && tags.some((tag) => entry.tags.includes(tag)),
  );

/** Whether a fence that was handed out for a stale entry, and forgotten, keeps others from filling. */
export const isInspectOpen = (view: ReferenceView, key: string): boolean => view.state(key) === 'grace';
