import type { Cache, Invalidation, SetOptions } from '../cache.ts';
import { checkFunction, checkFunctions, checkObject } from '../check.ts';
import { buildKey, type Key, toKeyString } from '../key.ts';
import { canonicalArguments } from './canonical.ts';
import { claimName } from './claim-name.ts';

export interface CacheResultOptions extends Omit<SetOptions, 'fence' | 'tags'> {
  cache: Cache;
  /** Names the entries; unique within the cache. A function's own name is no use: many have none. */
  name: string;
  /** The key of a call. Default: `name` and the canonical form of the arguments. */
  key?: (...args: never[]) => Key;
  tags?: readonly string[] | ((...args: never[]) => readonly string[]);
  /** False: this call goes past the cache. */
  when?: (...args: never[]) => boolean;
  /** True: this result is not stored. */
  unless?: (result: never, ...args: never[]) => boolean;
}

/** A function whose results are cached, with what its cache entries need. */
export interface CachedFunction<A extends unknown[], R> {
  (...args: A): Promise<R>;
  /** The key of a call with these arguments. */
  key(...args: A): string;
  /** The cached result, if there is one; never calls the function. */
  peek(...args: A): Promise<R | undefined>;
  invalidate(...args: A): Promise<Invalidation>;
  /** Calls the function and stores its result, whatever is cached. */
  refresh(...args: A): Promise<R>;
}

/**
 * Caches the results of a function by its arguments.
 *
 * Concurrent calls with equal arguments share one run. Arguments must be plain data unless `key` is given.
 * `this` is passed on and is no part of the key.
 *
 * @example
 * ```ts
 * import { cacheResult, createCache } from '@keepsake/core';
 *
 * const cache = createCache();
 * const getAlbum = cacheResult({ cache, name: 'getAlbum', ttl: '1h' })(async (id: string) => ({ id }));
 * await getAlbum('7');
 * await getAlbum.invalidate('7');
 * ```
 * @throws CacheError ERR_OPTION for a name that is empty or taken, and for what must be a function and is none; the
 * calls reject as `cache.getOrSet`.
 */
export const cacheResult =
  (options: CacheResultOptions) =>
  <A extends unknown[], R>(fn: (...args: A) => R | Promise<R>): CachedFunction<A, R> => {
    checkObject('cacheResult', options);
    const { cache, name, key, tags, when, unless, ...life } = options;
    checkFunction('cacheResult', fn);
    checkFunctions({ key, when, unless, tags: Array.isArray(tags) ? undefined : tags });
    claimName(cache, name, 'cacheResult');
    // The callbacks are written for the function's own arguments, which the options cannot know.
    const given = { key, tags, when, unless } as unknown as {
      key?: (...args: A) => Key;
      tags?: readonly string[] | ((...args: A) => readonly string[]);
      when?: (...args: A) => boolean;
      unless?: (result: R, ...args: A) => boolean;
    };
    const keyOf = (...args: A): string =>
      given.key ? toKeyString(given.key(...args)) : buildKey(name, canonicalArguments(args));
    const tagsOf = (...args: A): readonly string[] =>
      typeof given.tags === 'function' ? given.tags(...args) : (given.tags ?? []);

    const run = async (self: unknown, args: A, forceRefresh: boolean): Promise<R> => {
      const call = (): R | Promise<R> => fn.apply(self, args);
      if (given.when?.(...args) === false) return call();
      return cache.getOrSet<R>(
        keyOf(...args),
        async (context) => {
          const result = await call();
          if (given.unless?.(result, ...args) === true) context.skip();
          return result;
        },
        { ...life, tags: tagsOf(...args), forceRefresh },
      );
    };
    async function cachedFunction(this: unknown, ...args: A): Promise<R> {
      return run(this, args, false);
    }
    return Object.assign(cachedFunction, {
      key: keyOf,
      peek: async (...args: A) => cache.get<R>(keyOf(...args)),
      invalidate: async (...args: A) => cache.delete(keyOf(...args)),
      refresh: async (...args: A) => run(undefined, args, true),
    });
  };
