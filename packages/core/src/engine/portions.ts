/**
 * Many items for a store, in portions. Each call of L2 has a deadline (`l2Timeout`, 250 ms). Ten thousand values of 2 kB
 * are 20 MB, which no link carries in that time: asked for at once they would all be too late, and none would be
 * stored. One portion after the other, the deadline tells a store that does not answer from one that has much to do.
 */
import { weighValue } from '../memory/weigh.ts';

/** Keys of a portion. */
export const MAX_PORTION_KEYS = 250;

/** Bytes of its values, as they weigh in memory: a link of 1 MB/s carries them in the time of one call. */
export const MAX_PORTION_BYTES = 262_144;

/** `work` on one portion after the other, and what it gives, in order. */
export const inPortions = async <T, R>(
  items: readonly T[],
  work: (portion: readonly T[]) => Promise<readonly R[]>,
  valueOf?: (item: T) => unknown,
): Promise<R[]> => {
  const results: R[] = [];
  for (const portion of portionsOf(items, valueOf)) results.push(...(await work(portion)));
  return results;
};

/** The items in order. A value that is larger than a portion is one of its own. */
export const portionsOf = <T>(
  items: readonly T[],
  valueOf: (item: T) => unknown = () => 0,
): (readonly T[])[] => {
  if (items.length <= 1) return [items];
  const portions: T[][] = [];
  let last: T[] = [];
  let room = 0;
  for (const item of items) {
    const bytes = weighValue(valueOf(item), MAX_PORTION_BYTES);
    if (bytes > room || last.length >= MAX_PORTION_KEYS) {
      portions.push((last = []));
      room = MAX_PORTION_BYTES;
    }
    last.push(item);
    room -= bytes;
  }
  return portions;
};
