import type { Cache, Key } from '@keepsake/core';
import type { Digest } from './digest.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { VARY_RECORD_TTL_S } from './limits.ts';
import type { Slot } from './slot.ts';

/**
 * Which variants of a URL are stored, so that there are no more than so many. The list decides nothing else: what it
 * forgets in a race between processes ends with its TTL.
 */
export class VariantList {
  readonly #cache: Cache;
  readonly #digest: Digest;
  readonly #most: number;
  readonly #admissions = new KeyedQueue();

  constructor(cache: Cache, digest: Digest, most: number) {
    this.#cache = cache;
    this.#digest = digest;
    this.#most = most;
  }

  /** Enters a variant, and removes the oldest beyond the limit. */
  admit(slot: Slot): Promise<boolean> {
    return this.#admissions.run(slot.urlKey.primary, async () => {
      const home = await this.#digest.hex(slot.urlKey.primary);
      const listKey: Key = ['variants', home, slot.record?.generation ?? ''];
      const known: unknown = await this.#cache.get(listKey);
      const entered = Array.isArray(known) ? known.filter((hash) => typeof hash === 'string') : [];
      const own = slot.hash;
      if (entered.includes(own)) return true;
      const all = [...entered, own];
      const surplus = all.splice(0, Math.max(0, all.length - this.#most));
      if (surplus.length > 0) await this.#cache.deleteMany(surplus.map((hash) => ['variant', hash]));
      await this.#cache.set(listKey, all, { ttl: VARY_RECORD_TTL_S });
      return true;
    });
  }
}
