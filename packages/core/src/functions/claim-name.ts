import type { Cache } from '../cache.ts';
import { CacheError } from '../errors.ts';

/** Names in use, by cache: two of one name would serve each other's entries. */
const namesInUse = new WeakMap<Cache, Set<string>>();

/** @throws CacheError ERR_OPTION for a name that is no text, empty, or taken in this cache. */
export const claimName = (cache: Cache, name: unknown, what: string): void => {
  if (typeof name !== 'string' || name === '') {
    throw new CacheError('ERR_OPTION', `${what}: \`name\` must be a text that is not empty`);
  }
  const names = namesInUse.get(cache) ?? new Set<string>();
  if (names.has(name)) {
    throw new CacheError('ERR_OPTION', `${what}: the name ${JSON.stringify(name)} is taken`);
  }
  namesInUse.set(cache, names.add(name));
};
