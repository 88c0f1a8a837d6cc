import type { Invalidation } from '@keepsake/core';

/** Which responses to remove: all of a URL, or all that carry a tag. */
export type PurgeTarget = { readonly url: string } | { readonly tag: string };

/** What the application itself can do with a response cache. */
export interface Handle {
  /**
   * Removes stored responses; those under way are not stored either.
   *
   * @param target `url`: absolute, or a path with its query where the option `origin` is set.
   * @throws CacheError ERR_HTTP_OPTION for a URL that is neither, and for what names not exactly one of `url`
   *   and `tag`. Never for a dead store: see `acknowledged`.
   */
  purge(target: PurgeTarget): Promise<Invalidation>;
}
