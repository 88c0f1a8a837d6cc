/**
 * How many entries go to a store at once. Each call of a store has a time in which it must answer (`l2Timeout`,
 * 250 ms), and ten thousand embeddings are 20 MB: together they would be too late, one batch after the other they
 * are not.
 */
export const AT_ONCE = 250;

/** Lists of at most AT_ONCE, in order. */
export const batchesOf = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, i) =>
    items.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  );

/** Asks for one batch after the other, and puts the answers together. Of a list that fits it is one call. */
export const askInBatches = async <U>(
  keys: readonly string[],
  ask: (some: readonly string[]) => Promise<Map<string, U>>,
): Promise<Map<string, U>> => {
  if (keys.length <= AT_ONCE) return ask(keys);
  const answers = new Map<string, U>();
  for (const some of batchesOf(keys)) {
    for (const [key, value] of await ask(some)) answers.set(key, value);
  }
  return answers;
};
