/**
 * Loads many keys at once. What it gives for a key is that key's value; an `Error` rejects that key alone;
 * a key that it leaves out is `undefined`. `signal` aborts when nobody waits for any of the keys.
 */
export type LoadBatch<V> = (
  keys: string[],
  context: { readonly signal: AbortSignal },
) => Iterable<readonly [string, V | Error]> | Promise<Iterable<readonly [string, V | Error]>>;
