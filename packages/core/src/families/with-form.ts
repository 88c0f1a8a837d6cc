import type { Cache } from '../cache.ts';
import { shapedCache } from '../engine/keepsake-cache.ts';
import { formOf } from './check-form.ts';
import { shapeOf } from './shape-of.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What the values of a cache must look like; the same as of a family. */
export interface ValueForm {
  /** What comes out of a shared store is validated; what it refuses is a miss with the reason `schema`. */
  readonly schema?: StandardSchema | undefined;
  /** The version of the values' form, an integer from 0; default 0. */
  readonly version?: number | undefined;
  /** Makes a value of an older version one of this; undefined: it cannot, and the read is a miss. */
  readonly migrate?: ((value: unknown, version: number) => unknown) | undefined;
}

/**
 * The same cache, for values of one form: keys, tags, stats and entries are those of the cache that is given. What
 * holds of the values of a family holds of what is read through it. `defineFamily` is the same with keys of its own.
 *
 * @example
 * ```ts
 * import { createCache, MemoryBackend } from '@keepsake/core';
 * import { type StandardSchema, withForm } from '@keepsake/core/families';
 *
 * const text: StandardSchema<string> = {
 *   '~standard': {
 *     version: 1,
 *     vendor: 'example',
 *     validate: (value) => (typeof value === 'string' ? { value } : { issues: [{ message: 'no text' }] }),
 *   },
 * };
 * const cache = createCache({ l2: new MemoryBackend() });
 * const texts = withForm(cache, { schema: text });
 * await cache.set('title', 7);
 * console.log((await texts.inspect('title')).reason); // schema
 * ```
 * @throws CacheError ERR_OPTION for a schema that is no Standard Schema, a version that is no integer from 0, a `migrate`
 * that is no function, or a cache that is not one of createCache.
 */
export const withForm = (cache: Cache, { schema, version, migrate }: ValueForm): Cache => {
  const form = formOf({ schema, version, migrate });
  return shapedCache(cache, (scope) => shapeOf(form, scope));
};
