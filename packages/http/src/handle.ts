import type { Invalidation } from '@keepsake/core';

/** Which responses to remove: all of a URL, all that carry a tag, or all of a cache group (RFC 9875). */
export type PurgeTarget = { readonly url: string } | { readonly tag: string } | { readonly group: string };

/** What the application itself can do with a response cache. */
export interface Handle {
  /**
   * Removes stored responses; those under way are not stored either.
   *
   * @param target `url`: absolute, or a path with its query where the option `origin` is set.
   * @throws CacheError ERR_HTTP_OPTION for a URL that is neither, and for what names not exactly one of `url`,
   *   `tag` and `group`. Never for a dead store: see `acknowledged`.
   */
  purge(target: PurgeTarget): Promise<Invalidation>;
}
