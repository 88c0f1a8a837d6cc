/**
 * How many are stored at once. Each `set` has a time in which the store must answer (`l2Timeout`, 250 ms), and ten
 * thousand embeddings are 20 MB: together they would be too late, one batch after the other they are not. A hundred of
 * 2 kB are as much as a cache sends at once of its own accord.
 */
export const STORED_AT_ONCE = 100;

/** How many are loaded by one call of a loader: what it makes is held in memory until all of it is stored. */
export const LOADED_AT_ONCE = 250;

/** The items in order, in lists of at most `size`. */
export const batchesOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
