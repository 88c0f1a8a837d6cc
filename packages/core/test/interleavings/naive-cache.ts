/**
 * A cache as one writes it in an afternoon: a Map, a map of promises in flight, a store behind it. It does
 * what it says while nothing else happens: it fills without a fence, every caller joins whatever load is
 * under way, and what the far store has is copied as it is. The checks must tell it from a right one.
 */
import {
  type CacheBackend,
  type Clock,
  type Entry,
  type Invalidation,
  isMiss,
  type LoadContext,
  type LoadManyContext,
} from '@keepsake/core';
import type { RaceCache, RaceLoadOptions, Version } from './race-cache.ts';

export interface NaiveOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly swrMs: number;
  readonly far: CacheBackend | undefined;
}

interface Kept {
  readonly value: Version;
  readonly freshUntil: number;
  readonly swrUntil: number;
  readonly tags: readonly string[];
}

const DONE: Invalidation = { acknowledged: true, count: undefined };

export class NaiveCache implements RaceCache {
  readonly #o: NaiveOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #loading = new Map<string, Promise<Version>>();

  constructor(options: NaiveOptions) {
    this.#o = options;
  }

  async get(key: string): Promise<Version | undefined> {
    return (await this.#find(key))?.value;
  }

  async inspect(key: string): Promise<{ value?: Version; fence: undefined }> {
    const found = await this.#find(key);
    return { ...(found && { value: found.value }), fence: undefined };
  }

  async set(key: string, value: Version, { tags = [] }: { tags?: readonly string[] }): Promise<boolean> {
    const { clock, ttlMs, swrMs, far } = this.#o;
    const freshUntil = clock.now() + ttlMs;
    this.#kept.set(key, { value, freshUntil, swrUntil: freshUntil + swrMs, tags });
    const life = { freshMs: ttlMs, swrMs, graceMs: swrMs, slidingMs: 0 };
    const plain = { ageMs: 0, costMs: 0, negative: false, version: 0, maxBytes: Infinity };
    await far?.setMany([{ key, value, life, tags, ...plain, condition: 'always' }]);
    return true;
  }

  async delete(key: string): Promise<Invalidation> {
    this.#kept.delete(key);
    await this.#o.far?.removeMany([key], 'delete');
    return DONE;
  }

  expire(key: string): Promise<Invalidation> {
    return this.delete(key);
  }

  async clear(): Promise<Invalidation> {
    this.#kept.clear();
    await this.#o.far?.clear('*');
    return DONE;
  }

  async invalidateTags(tags: readonly string[]): Promise<Invalidation> {
    for (const [key, kept] of this.#kept) {
      if (kept.tags.some((tag) => tags.includes(tag))) this.#kept.delete(key);
    }
    await this.#o.far?.invalidateTags(tags, 'delete');
    return DONE;
  }

  async getOrSet(
    key: string,
    loader: (context: LoadContext<Version>) => Promise<Version>,
    options: RaceLoadOptions,
  ): Promise<Version> {
    const found = await this.#find(key);
    if (found && this.#o.clock.now() < found.freshUntil) return found.value;
    const loading = this.#loading.get(key) ?? this.#load(key, loader, options);
    return found ? found.value : loading;
  }

  async getOrSetMany(
    keys: readonly string[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, Version]>>,
    options: RaceLoadOptions,
  ): Promise<Map<string, Version>> {
    const values = new Map<string, Version>();
    for (const key of keys) {
      const value = await this.get(key);
      if (value) values.set(key, value);
    }
    const missing = keys.filter((key) => !values.has(key));
    if (missing.length === 0) return values;
    const tags = [...(options.tags ?? [])];
    const context: LoadManyContext = {
      signal: new AbortController().signal,
      setTtl: () => undefined,
      addTags: (_, ...more) => void tags.push(...more),
      skip: () => undefined,
      fail: () => undefined,
    };
    for (const [key, value] of await load(missing, context)) {
      values.set(key, value);
      await this.set(key, value, { tags });
    }
    return values;
  }

  #load(
    key: string,
    loader: (context: LoadContext<Version>) => Promise<Version>,
    options: RaceLoadOptions,
  ): Promise<Version> {
    const tags = [...(options.tags ?? [])];
    const context: LoadContext<Version> = {
      key,
      signal: new AbortController().signal,
      setTtl: () => undefined,
      addTags: (...more) => void tags.push(...more),
      skip: () => undefined,
    };
    const loading = loader(context).then(async (value) => {
      await this.set(key, value, { tags });
      this.#loading.delete(key);
      return value;
    });
    this.#loading.set(key, loading);
    return loading;
  }

  async #find(key: string): Promise<Kept | undefined> {
    const near = this.#kept.get(key);
    if (near && this.#o.clock.now() < near.swrUntil) return near;
    const far = await this.#o.far?.get(key, 'read');
    if (!far || isMiss(far) || this.#o.clock.now() >= far.swrUntil) return undefined;
    const { freshUntil, swrUntil, tags } = far satisfies Entry;
    const kept = { value: far.value as Version, freshUntil, swrUntil, tags };
    this.#kept.set(key, kept);
    return kept;
  }
}
