/** The items in order, in lists of at most `size`. */
export const inBatches = <T>(items: readonly T[], size: number): T[][] => {
  const batches: T[][] = [];
  for (let i = 0; i < items.length; i += size) batches.push(items.slice(i, i + size));
  return batches;
};

/** Commands of one call that are under way at once: many calls share what a connection takes. */
const AT_ONCE = 500;

/** The results in order; no more than a part of the work is under way at once. */
export const inTurn = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (const batch of inBatches(items, AT_ONCE)) results.push(...(await Promise.all(batch.map(work))));
  return results;
};
