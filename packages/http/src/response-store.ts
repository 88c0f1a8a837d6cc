import type { Cache, Fence, Invalidation, Key, SetOptions } from '@keepsake/core';
import { keptQuery, primaryTuple, urlTuple, variantTuple } from './cache-key.ts';
import type { ForwardReason } from './cache-status.ts';
import type { Digest } from './digest.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { MAX_HEAD_BYTES, VARY_RECORD_TTL_S } from './limits.ts';
import type { ResolvedHttpOptions } from './options.ts';
import { atOrigin, type RequestTarget } from './request-target.ts';
import type { FieldLines } from './rules/fields.ts';
import { MAX_VARY_FIELDS, matchesVary, varyNames, varyValues } from './rules/vary.ts';
import { FORMAT, readStored, type StoredResponse, type VaryRecord } from './stored-response.ts';

/** The key of a URL, with the request fields that options add to it. */
export interface UrlKey {
  /** The URL alone: by it writes invalidate. */
  readonly url: string;
  readonly primary: string;
}

/** Where a response lies, or would: at the URL's own key, or below the record of what the URL varies by. */
export interface Slot {
  readonly urlKey: UrlKey;
  readonly key: Key;
  readonly tuple: string;
  readonly record: VaryRecord | undefined;
}

export interface Lookup {
  readonly slot: Slot;
  readonly response: StoredResponse | undefined;
  /** Why there is none. */
  readonly miss: ForwardReason;
}

/** The right to store at a slot, taken before the handler is asked: it ends with any invalidation. */
export interface Permit {
  readonly slot: Slot;
  readonly fence: Fence;
}

/** A response to be stored; the slot decides its tuple. */
export type StoreDraft = Omit<StoredResponse, 'tuple' | 'vary'>;

/** Where a draft goes, decided before anything is written. */
export interface Placement {
  readonly response: StoredResponse;
  /** What the URL varies by from now on, where that is new. */
  readonly record: VaryRecord | undefined;
  readonly slot: Slot;
}

/** Responses over any Keepsake cache. Everything that comes out of it is checked before it is believed. */
export class ResponseStore {
  readonly #cache: Cache;
  readonly #o: ResolvedHttpOptions;
  readonly #digest: Digest;
  readonly #admissions = new KeyedQueue();
  /** Objects that were checked before: with L1 by reference a hit need not be checked again. */
  readonly #checked = new WeakMap<object, StoredResponse | VaryRecord>();

  constructor(cache: Cache, options: ResolvedHttpOptions, digest: Digest) {
    this.#o = options;
    this.#digest = digest;
    this.#cache = cache.namespace('http', {
      isolation: 'reference',
      // What the application's cache does with its values is not for responses: their lifetime is HTTP's.
      swr: 0,
      grace: 0,
      sliding: false,
      ttlJitter: 0,
      maxValueBytes: options.maxBodyBytes + MAX_HEAD_BYTES + 4_096,
    });
  }

  get cache(): Cache {
    return this.#cache;
  }

  urlOf(target: RequestTarget): string {
    const query = keptQuery(target.query, this.#o.queryOnly);
    return urlTuple({ ...atOrigin(target, this.#o.origin), query });
  }

  keyOf(target: RequestTarget, request: FieldLines): UrlKey {
    const url = this.urlOf(target);
    return { url, primary: primaryTuple(url, varyValues(request, this.#o.keyHeaders)) };
  }

  /** At most two reads: the URL's own key, and the variant's where the URL varies. */
  async lookup(urlKey: UrlKey, request: FieldLines): Promise<Lookup> {
    const slot = await this.#slotAt('response', urlKey, urlKey.primary, undefined);
    const first = this.#check(await this.#cache.get(slot.key), slot.tuple);
    if (first?.kind !== 'vary') return this.#verify({ slot, response: first, miss: 'uri-miss' }, request);
    const variant = await this.variantSlot(urlKey, first, request);
    const found = this.#check(await this.#cache.get(variant.key), variant.tuple);
    const response = found?.kind === 'response' ? found : undefined;
    return this.#verify({ slot: variant, response, miss: 'vary-miss' }, request);
  }

  variantSlot(urlKey: UrlKey, record: VaryRecord, request: FieldLines): Promise<Slot> {
    const values = varyValues(request, record.names);
    return this.#slotAt('variant', urlKey, variantTuple(urlKey.primary, record.generation, values), record);
  }

  /**
   * Looks once more, and takes the fence that a later `commit` shows. What lies there and cannot be read, or
   * is stale by the wall clock before its TTL, is removed, or it would keep its place until then.
   */
  async permit(
    slot: Slot,
    request: FieldLines,
    isStale: (found: StoredResponse) => boolean,
  ): Promise<Permit | StoredResponse> {
    const { outcome, value, fence } = await this.#cache.inspect(slot.key);
    if (outcome === 'miss') return { slot, fence };
    const found = this.#check(value, slot.tuple);
    if (found?.kind === 'vary') return { slot, fence };
    if (found && !isStale(found) && matchesVary(request, found.vary)) return found;
    await this.#cache.delete(slot.key);
    return { slot, fence: (await this.#cache.inspect(slot.key)).fence };
  }

  /**
   * Where a response belongs. The record of a URL only ever gains names, so handlers that name different
   * fields at different times do not drive each other's responses out.
   */
  async place(slot: Slot, draft: StoreDraft, request: FieldLines): Promise<Placement> {
    const named = varyNames(draft.fields);
    const own = named === '*' ? [] : named;
    const known = slot.record?.names ?? [];
    const isNew = own.some((name) => !known.includes(name));
    if (!isNew) {
      const response = { ...draft, tuple: slot.tuple, vary: varyValues(request, known) };
      return { response, record: undefined, slot };
    }
    const union = [...new Set([...known, ...own])].sort();
    const record: VaryRecord = {
      kind: 'vary',
      format: FORMAT,
      tuple: slot.urlKey.primary,
      generation: crypto.randomUUID(),
      names: union.length > MAX_VARY_FIELDS ? own : union,
    };
    const variant = await this.variantSlot(slot.urlKey, record, request);
    const vary = varyValues(request, record.names);
    return { response: { ...draft, tuple: variant.tuple, vary }, record, slot: variant };
  }

  /** Stores what was made under the permit, unless it was invalidated meanwhile. False: not stored. */
  async commit(
    permit: Permit,
    placement: Placement,
    ttlS: number,
    tags: readonly string[],
  ): Promise<boolean> {
    const { slot, record, response } = placement;
    const urlTags = await this.#urlTags(slot.urlKey.url);
    const options: SetOptions = { ttl: ttlS, tags: [...tags, ...urlTags] };
    if (!record) {
      const stored = await this.#cache.set(slot.key, response, { ...options, fence: permit.fence });
      return stored && (slot.record === undefined || this.#admit(slot));
    }
    const home = await this.#slotAt('response', slot.urlKey, slot.urlKey.primary, undefined);
    const life = { ...options, ttl: Math.max(ttlS, VARY_RECORD_TTL_S) };
    if (permit.slot.record) {
      // The record is replaced without a fence: it leads to nothing old, so no old response may follow it.
      await this.#cache.set(home.key, record, life);
      return false;
    }
    // That the record passed the fence shows that nothing was invalidated; from here on the record's own
    // removal cuts off whatever lies below it.
    if (!(await this.#cache.set(home.key, record, { ...life, fence: permit.fence }))) return false;
    return (await this.#cache.set(slot.key, response, options)) && this.#admit(slot);
  }

  /** Removes every response of a URL; with key headers, those of all their values. */
  async invalidate(url: string): Promise<Invalidation> {
    if (this.#o.keyHeaders.length > 0) return this.#cache.invalidateTags(await this.#urlTags(url));
    const primary = primaryTuple(url, []);
    return this.#cache.delete((await this.#slotAt('response', { url, primary }, primary, undefined)).key);
  }

  /**
   * Enters a variant in the list of its URL and removes the oldest beyond the limit. The list decides
   * nothing else: what it forgets in a race between processes ends with its TTL.
   */
  #admit(slot: Slot): Promise<boolean> {
    return this.#admissions.run(slot.urlKey.primary, async () => {
      const home = await this.#digest.hex(slot.urlKey.primary);
      const listKey: Key = ['variants', home, slot.record?.generation ?? ''];
      const known: unknown = await this.#cache.get(listKey);
      const entered = Array.isArray(known) ? known.filter((hash) => typeof hash === 'string') : [];
      const own = String(slot.key[1]);
      if (entered.includes(own)) return true;
      const all = [...entered, own];
      const surplus = all.splice(0, Math.max(0, all.length - this.#o.maxVariants));
      if (surplus.length > 0) await this.#cache.deleteMany(surplus.map((hash) => ['variant', hash]));
      await this.#cache.set(listKey, all, { ttl: VARY_RECORD_TTL_S });
      return true;
    });
  }

  async #slotAt(
    family: 'response' | 'variant',
    urlKey: UrlKey,
    tuple: string,
    record: VaryRecord | undefined,
  ): Promise<Slot> {
    return { urlKey, key: [family, await this.#digest.hex(tuple)], tuple, record };
  }

  async #urlTags(url: string): Promise<string[]> {
    return this.#o.keyHeaders.length > 0 ? [`url:${await this.#digest.hex(url)}`] : [];
  }

  #check(value: unknown, tuple: string): StoredResponse | VaryRecord | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const known = this.#checked.get(value);
    if (known) return known.tuple === tuple ? known : undefined;
    const stored = readStored(value, tuple);
    if (stored) this.#checked.set(value, stored);
    return stored;
  }

  #verify(lookup: Lookup, request: FieldLines): Lookup {
    const { response } = lookup;
    return response && !matchesVary(request, response.vary) ? { ...lookup, response: undefined } : lookup;
  }
}
