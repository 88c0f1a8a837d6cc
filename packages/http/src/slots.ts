/** Where responses lie in the store: the keys of URLs and of their variants. */
import type { Cache, MaybePromise } from '@keepsake/core';
import { keptQuery, primaryTuple, urlTuple, variantTuple } from './cache-key.ts';
import type { Digest } from './digest.ts';
import { isPromise } from './is-promise.ts';
import type { ResolvedHttpOptions } from './options.ts';
import { RecentMap } from './recent-map.ts';
import { atOrigin, type RequestTarget } from './request-target.ts';
import type { FieldLines, RequestFields } from './rules/fields.ts';
import { searchRuleOf } from './rules/no-vary-search.ts';
import { type VaryValues, varyValues } from './rules/vary.ts';
import { SearchRules } from './search-rules.ts';
import type { Slot, UrlKey } from './slot.ts';
import type { VaryRecord } from './stored-response.ts';

const MAX_RECENT_VARIANTS = 1_024;
/** Characters of a tuple that is worth remembering. */
const MAX_RECENT_LENGTH = 1_024;

/** Keys of URLs, with what is remembered of them: neither text nor hash is made anew for those that come again. */
export class Slots {
  readonly #o: ResolvedHttpOptions;
  readonly #digest: Digest;
  readonly #searches: SearchRules;
  readonly #keys = new WeakMap<RequestTarget, UrlKey>();
  readonly #slots = new WeakMap<UrlKey, Slot>();
  readonly #recentVariants = new RecentMap<Slot>(MAX_RECENT_VARIANTS);

  constructor(cache: Cache, options: ResolvedHttpOptions, digest: Digest) {
    this.#o = options;
    this.#digest = digest;
    this.#searches = new SearchRules(cache, digest);
  }

  /** To be awaited before the key of a target is made: what is known of its path. */
  async prepare(target: RequestTarget): Promise<void> {
    if (this.#o.noVarySearch) await this.#searches.learn(atOrigin(target, this.#o.origin));
  }

  /** What the response says by No-Vary-Search holds for the next key that is made of its path. */
  async noteSearch(target: RequestTarget, response: FieldLines): Promise<void> {
    const rule = this.#o.noVarySearch ? searchRuleOf(response) : undefined;
    if (rule) await this.#searches.note(atOrigin(target, this.#o.origin), rule);
  }

  urlOf(target: RequestTarget): string {
    const at = atOrigin(target, this.#o.origin);
    const query = this.#o.noVarySearch
      ? this.#searches.canonical(at)
      : keptQuery(target.query, this.#o.queryOnly);
    return urlTuple({ ...at, query });
  }

  keyOf(target: RequestTarget, request: RequestFields): UrlKey {
    const isOfTargetAlone = this.#o.keyHeaders.length === 0 && !this.#o.noVarySearch;
    const known = isOfTargetAlone ? this.#keys.get(target) : undefined;
    if (known) return known;
    const url = this.urlOf(target);
    const primary = primaryTuple(url, varyValues(request, this.#o.keyHeaders, this.#o.normalize));
    const key = { url, primary, query: target.query };
    if (isOfTargetAlone) this.#keys.set(target, key);
    return key;
  }

  /** The URL's own. */
  of(urlKey: UrlKey): MaybePromise<Slot> {
    const known = this.#slots.get(urlKey);
    if (known) return known;
    const keep = (slot: Slot): Slot => {
      this.#slots.set(urlKey, slot);
      return slot;
    };
    const slot = this.#at('response', urlKey, urlKey.primary, undefined);
    return isPromise(slot) ? slot.then(keep) : keep(slot);
  }

  ofVariant(urlKey: UrlKey, record: VaryRecord, request: RequestFields): MaybePromise<Slot> {
    return this.ofValues(urlKey, record, varyValues(request, record.names, this.#o.normalize));
  }

  /** At once for one that came lately, and wherever the digest is. */
  ofValues(urlKey: UrlKey, record: VaryRecord, values: VaryValues): MaybePromise<Slot> {
    const tuple = variantTuple(urlKey.primary, record.generation, values);
    const known = this.#recentVariants.get(tuple);
    // The generation in it is that of one record.
    if (known?.urlKey === urlKey) return known;
    const slot = this.#at('variant', urlKey, tuple, record);
    if (isPromise(slot)) return slot.then((made) => this.#remember(made));
    return this.#remember(slot);
  }

  #remember(slot: Slot): Slot {
    if (slot.tuple.length <= MAX_RECENT_LENGTH) this.#recentVariants.set(slot.tuple, slot);
    return slot;
  }

  #at(
    family: 'response' | 'variant',
    urlKey: UrlKey,
    tuple: string,
    record: VaryRecord | undefined,
  ): MaybePromise<Slot> {
    const at = (hash: string): Slot => ({ urlKey, hash, key: `${family}:${hash}`, tuple, record });
    const hash = this.#digest.hex(tuple);
    return isPromise(hash) ? hash.then(at) : at(hash);
  }
}
