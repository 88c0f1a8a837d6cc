import type { Fence, Invalidation, LoadContext, LoadManyContext } from '@keepsake/core';

/** What the cache holds in these tests: the version of the source that a load has seen. */
export interface Version {
  readonly version: number;
}

export interface RaceLoadOptions {
  tags?: readonly string[];
  signal?: AbortSignal;
}

/** The part of a cache that is raced; a Cache is one, and so is the naive one. */
export interface RaceCache {
  get(key: string): Promise<Version | undefined>;
  inspect(key: string): Promise<{ readonly value?: Version; readonly fence: Fence | undefined }>;
  set(key: string, value: Version, options: { tags?: readonly string[]; fence?: Fence }): Promise<boolean>;
  delete(key: string): Promise<Invalidation>;
  expire(key: string): Promise<Invalidation>;
  clear(pattern?: string): Promise<Invalidation>;
  invalidateTags(tags: readonly string[]): Promise<Invalidation>;
  getOrSet(
    key: string,
    loader: (context: LoadContext<Version>) => Promise<Version>,
    options: RaceLoadOptions,
  ): Promise<Version>;
  getOrSetMany(
    keys: readonly string[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, Version]>>,
    options: RaceLoadOptions,
  ): Promise<Map<string, Version>>;
}
