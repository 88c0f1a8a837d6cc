import type { Cache, Key } from '@keepsake/core';
import type { Digest } from './digest.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { VARY_RECORD_TTL_S } from './limits.ts';
import { acceptedLanguages, languageOf } from './rules/language.ts';
import type { Slot } from './slot.ts';
import type { StoredResponse } from './stored-response.ts';

/** A variant by the hash of its tuple, and by its language where it was chosen by one. */
export interface ListedVariant {
  readonly hash: string;
  /** Of the response. */
  readonly language?: string | undefined;
  /** Accept-Language of the request. */
  readonly accepted?: string | undefined;
}

/**
 * Which variants of a URL are stored, so that there are no more than so many, and one is found by its language. What it
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
  admit(slot: Slot, { vary, fields }: Pick<StoredResponse, 'vary' | 'fields'>): Promise<boolean> {
    return this.#admissions.run(slot.urlKey.primary, async () => {
      const entered = await this.#read(slot);
      const accepted = acceptedLanguages(vary);
      const language = accepted === undefined ? undefined : languageOf(fields);
      const known = entered.find(({ hash }) => hash === slot.hash);
      if (known && known.language === language) return true;
      const own = { hash: slot.hash, ...(language !== undefined && { language, accepted }) };
      const all = [...entered.filter((one) => one !== known), own];
      const surplus = all.splice(0, Math.max(0, all.length - this.#most));
      if (surplus.length > 0) await this.#cache.deleteMany(surplus.map(({ hash }) => ['variant', hash]));
      await this.#cache.set(await this.#keyOf(slot), all, { ttl: VARY_RECORD_TTL_S });
      return true;
    });
  }

  /** The variants of a slot's URL that are in a language. */
  async inLanguage(slot: Slot, language: string): Promise<readonly ListedVariant[]> {
    return (await this.#read(slot)).filter((one) => one.language === language);
  }

  async #keyOf(slot: Slot): Promise<Key> {
    return ['variants', await this.#digest.hex(slot.urlKey.primary), slot.record?.generation ?? ''];
  }

  async #read(slot: Slot): Promise<readonly ListedVariant[]> {
    const known: unknown = await this.#cache.get(await this.#keyOf(slot));
    return Array.isArray(known) ? known.filter(isListed) : [];
  }
}

const isListed = (one: unknown): one is ListedVariant => {
  if (typeof one !== 'object' || one === null) return false;
  const { hash, language, accepted } = one as Record<string, unknown>;
  return typeof hash === 'string' && isTextOrNone(language) && isTextOrNone(accepted);
};

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === 'string';
