import type { Cache } from '../cache.ts';
import { checkObject, refuse } from '../check.ts';

/** Names in use, by cache: two of one name would serve each other's entries. */
const namesInUse = new WeakMap<Cache, Set<string>>();

/** @throws CacheError ERR_OPTION for what is no cache, or a name that is no text, empty, or taken in it. */
export const claimName = (cache: Cache, name: unknown, what: string): void => {
  checkObject('cache', cache);
  if (typeof name !== 'string' || name === '') {
    return refuse(`${what}: name`, 'a text');
  }
  const names = namesInUse.get(cache) ?? new Set<string>();
  if (names.has(name)) {
    refuse(`${what}: name`, 'one that is not taken');
  }
  namesInUse.set(cache, names.add(name));
};
