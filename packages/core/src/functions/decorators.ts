import { type CachedFunction, type CacheResultOptions, cacheResult } from './cache-result.ts';
import type { Cache } from '../cache.ts';
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
 */
export const invalidates =
  (options: InvalidatesOptions) =>
  <A extends unknown[], R>(
    fn: (...args: A) => R | Promise<R>,
    _context?: ClassMethodDecoratorContext,
  ): ((...args: A) => Promise<R>) => {
    // Written for the function's own result and arguments, which the options cannot know.
    const { tags, keys } = options as unknown as {
      tags?: (result: R, ...args: A) => readonly string[];
      keys?: (result: R, ...args: A) => readonly Key[];
    };
    return async function (this: unknown, ...args: A): Promise<R> {
      const result = await fn.apply(this, args);
      if (tags) await options.cache.invalidateTags(tags(result, ...args));
      if (keys) await options.cache.deleteMany(keys(result, ...args));
      return result;
    };
  };
