import type { CacheOptions } from '@keepsake/core';

/** The part of a cache that the rows use. */
export interface Keeper {
  get<T = unknown>(key: string): Promise<T | undefined>;
  getMany<T = unknown>(keys: readonly string[]): Promise<Map<string, T>>;
  getOrSet<T>(key: string, loader: () => T | Promise<T>, options?: { hardTimeout?: number }): Promise<T>;
  set(key: string, value: unknown, options?: { ttl?: number }): Promise<boolean>;
  setMany(entries: Readonly<Record<string, unknown>>): Promise<number>;
  touch(key: string, ttl: number): Promise<boolean>;
  ttl(key: string): Promise<number | undefined>;
  increment(key: string): Promise<number>;
  delete(key: string): Promise<{ acknowledged: boolean }>;
  close(): Promise<void>;
}

/** `isAlone`: without memory and bus, so that every call goes to Redis. */
export type Options = Omit<CacheOptions, 'l1' | 'l2' | 'bus'> & { readonly isAlone?: boolean };

/** Who is put to the test. */
export interface Subject {
  readonly name: string;
  /** The row that a mutant must fail; the long run puts it to no other. */
  readonly mustFail?: number;
  open(url: string, options?: Options): Keeper;
}
