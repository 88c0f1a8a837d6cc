import { type CachedFunction, type CacheResultOptions, cacheResult } from './cache-result.ts';
import type { Cache } from '../cache.ts';
import { checkFunction, checkFunctions, checkObject } from '../check.ts';
import type { Key } from '../key.ts';

/**
 * Standard (TC39) method decorator: `cacheResult` on a method. `this` is no part of the key: give a `key`
 * where instances differ.
 *
 * @example
 * ```ts no-run
 * import { cached, createCache } from '@keepsake/core';
 *
 * const cache = createCache();
 * class Albums {
 *   @cached({ cache, name: 'albums.get', ttl: '1h' })
 *   async get(id: string): Promise<{ id: string }> {
 *     return { id };
 *   }
 * }
 * ```
 */
export const cached =
  (options: CacheResultOptions) =>
  <A extends unknown[], R>(
    method: (...args: A) => Promise<R>,
    _context: ClassMethodDecoratorContext,
  ): CachedFunction<A, R> =>
    cacheResult(options)(method);

export interface InvalidatesOptions {
  cache: Cache;
  /** Tags to invalidate once the function has succeeded. */
  tags?: (result: never, ...args: never[]) => readonly string[];
  /** Keys to delete once the function has succeeded. */
  keys?: (result: never, ...args: never[]) => readonly Key[];
}

/**
 * Removes keys and tags after a function has succeeded; if it fails, nothing is removed. The call resolves
 * once the removal was tried. A wrapper for functions, and a method decorator. With the cache of `transactional`
 * (`@keepsake/core/transactions`), inside `afterCommit`: after the commit.
 *
 * @example
 * ```ts
 * import { createCache, invalidates } from '@keepsake/core';
 *
 * const cache = createCache();
 * const rename = invalidates({ cache, keys: (_: void, id: string) => [`album:${id}`] })(
 *   async (id: string, title: string) => console.log(`album ${id} is now ${title}`),
 * );
 * await rename('7', 'Summer');
 * ```
 * @throws CacheError ERR_OPTION, before the function ever runs, for `tags` or `keys` that are no functions, and for no
 * cache.
 */
export const invalidates = (
  options: InvalidatesOptions,
): (<A extends unknown[], R>(
  fn: (...args: A) => R | Promise<R>,
  context?: ClassMethodDecoratorContext,
) => (...args: A) => Promise<R>) => {
  checkObject('invalidates', options);
  // What is found out after the function has taken effect is found out too late.
  const { cache } = options;
  checkObject('cache', cache);
  checkFunctions({ tags: options.tags, keys: options.keys });
  return <A extends unknown[], R>(fn: (...args: A) => R | Promise<R>) => {
    checkFunction('invalidates', fn);
    // Written for the function's own result and arguments, which the options cannot know.
    const { tags, keys } = options as unknown as {
      tags?: (result: R, ...args: A) => readonly string[];
      keys?: (result: R, ...args: A) => readonly Key[];
    };
    return async function (this: unknown, ...args: A): Promise<R> {
      const result = await fn.apply(this, args);
      if (tags) await cache.invalidateTags(tags(result, ...args));
      if (keys) await cache.deleteMany(keys(result, ...args));
      return result;
    };
  };
};
