/** Loaders as a transaction runs them: for itself, and for nobody's cache. */
import type { GetOrSetOptions, LoadContext, LoadManyContext } from '../cache.ts';
import { CacheError } from '../errors.ts';

const ignore = (): void => undefined;
/** Nothing is stored: what a loader says of the entry goes nowhere. */
const NOTHING_TO_DECIDE = { setTtl: ignore, addTags: ignore, skip: ignore };

const signalOf = (signal: AbortSignal | undefined): AbortSignal => {
  signal?.throwIfAborted();
  return signal ?? new AbortController().signal;
};

export const loadAlone = async <T, P>(
  key: string,
  loader: (context: LoadContext<P>) => T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> => loader({ key, signal: signalOf(signal), ...NOTHING_TO_DECIDE });

export const loadManyAlone = async <T>(
  keys: string[],
  load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, T]>>,
  { signal, partial }: GetOrSetOptions & { partial?: boolean },
): Promise<Map<string, T>> => {
  const failures = new Map<string, unknown>();
  const fail = (key: string, error: unknown): void => void failures.set(key, error);
  const pairs = await load([...keys], { signal: signalOf(signal), ...NOTHING_TO_DECIDE, fail });
  const loaded = new Map(pairs);
  if (failures.size > 0 && partial !== true) {
    const text = `getOrSetMany: ${failures.size} of ${keys.length} keys failed`;
    throw new CacheError('ERR_LOAD_MANY', text, { cause: [...failures.values()][0] });
  }
  const values = new Map<string, T>();
  for (const key of keys) {
    const value = loaded.get(key);
    if (value !== undefined && !failures.has(key)) values.set(key, value);
  }
  return values;
};
