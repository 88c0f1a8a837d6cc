/** Responses in a Keepsake cache: what lies there, and by what right it comes there. */
import type { Cache, Fence, Invalidation, SetOptions } from '@keepsake/core';
import { primaryTuple } from './cache-key.ts';
import type { ForwardReason } from './cache-status.ts';
import { CheckedEntries } from './checked-entries.ts';
import type { Digest } from './digest.ts';
import { type FillSeat, FillSeats } from './fill-seat.ts';
import { isPromise } from './is-promise.ts';
import { MAX_HEAD_BYTES, VARY_RECORD_TTL_S } from './limits.ts';
import type { ResolvedHttpOptions } from './options.ts';
import type { Permit } from './permit.ts';
import type { RequestFields } from './rules/fields.ts';
import { acceptingInstead, favouriteLanguage, isInFavouriteLanguage } from './rules/language.ts';
import { isSameSearch } from './rules/no-vary-search.ts';
import { MAX_VARY_FIELDS, matchesVary, varyNames, varyValues } from './rules/vary.ts';
import { FORMAT, type StoreDraft, type StoredResponse, type VaryRecord } from './stored-response.ts';
import { guardOf, type Slot, type UrlKey } from './slot.ts';
import { Slots } from './slots.ts';
import { VariantList } from './variant-list.ts';

export interface Lookup {
  readonly slot: Slot;
  readonly response: StoredResponse | undefined;
  /** It is in this process, where the next who asks finds the same object. */
  readonly isNear: boolean;
  /** Why there is none. */
  readonly miss: ForwardReason;
}

/** Where a draft goes, decided before anything is written. */
export interface Placement {
  readonly response: StoredResponse;
  /** What the URL varies by from now on, where that is new. */
  readonly record: VaryRecord | undefined;
  readonly slot: Slot;
}

const isDependency = (tag: string): boolean => tag.startsWith('#');

/** Responses over any Keepsake cache. Everything that comes out of it is checked before it is believed. */
export class ResponseStore {
  readonly #cache: Cache;
  readonly #o: ResolvedHttpOptions;
  readonly #digest: Digest;
  readonly #variants: VariantList;
  readonly #seats: FillSeats;
  readonly slots: Slots;
  readonly #entries = new CheckedEntries();

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
      earlyRefresh: false,
      maxValueBytes: options.maxBodyBytes + MAX_HEAD_BYTES + 4_096,
    });
    this.#variants = new VariantList(this.#cache, digest, options.maxVariants);
    this.slots = new Slots(this.#cache, options, digest);
    this.#seats = new FillSeats(this.#cache, options.clock);
  }

  get cache(): Cache {
    return this.#cache;
  }

  /** What `lookup` finds, where this process's memory has it: at once. Undefined: it has not. */
  lookupNow(urlKey: UrlKey, request: RequestFields): Lookup | undefined {
    const slot = this.slots.of(urlKey);
    if (isPromise(slot)) return undefined;
    const first = this.#entries.readNear(this.#cache.getSync(slot.key), slot.tuple);
    if (!first) return undefined;
    if (first.kind !== 'vary')
      return this.#verify({ slot, response: first, isNear: true, miss: 'uri-miss' }, request);
    const variant = this.slots.ofVariant(urlKey, first, request);
    if (isPromise(variant)) return undefined;
    const found = this.#entries.readNear(this.#cache.getSync(variant.key), variant.tuple);
    if (found?.kind !== 'response') return undefined;
    return this.#verify({ slot: variant, response: found, isNear: true, miss: 'vary-miss' }, request);
  }

  /** At most two reads: the URL's own key, and the variant's where the URL varies. */
  async lookup(urlKey: UrlKey, request: RequestFields): Promise<Lookup> {
    const slot = await this.slots.of(urlKey);
    const first = this.#entries.read(await this.#cache.get(slot.key), slot.tuple);
    if (first?.kind !== 'vary')
      return this.#verify({ slot, response: first, isNear: false, miss: 'uri-miss' }, request);
    const variant = await this.slots.ofVariant(urlKey, first, request);
    const found = this.#entries.read(await this.#cache.get(variant.key), variant.tuple);
    const response = found?.kind === 'response' ? found : undefined;
    const lookup = this.#verify({ slot: variant, response, isNear: false, miss: 'vary-miss' }, request);
    if (lookup.response || !this.#o.normalize) return lookup;
    return { ...lookup, response: await this.#findByLanguage(variant, first, request) };
  }

  /** Another variant, in the language that the request likes best. */
  async #findByLanguage(
    own: Slot,
    record: VaryRecord,
    request: RequestFields,
  ): Promise<StoredResponse | undefined> {
    const language = record.names.includes('accept-language') ? favouriteLanguage(request) : undefined;
    if (language === undefined) return undefined;
    const values = varyValues(request, record.names, true);
    for (const { hash, accepted = '' } of await this.#variants.inLanguage(own, language)) {
      const slot = await this.slots.ofValues(own.urlKey, record, acceptingInstead(values, accepted));
      // One that differs in more than its language has another hash.
      const found = slot.hash === hash ? await this.read(slot) : undefined;
      if (found && this.matches(own.urlKey, request, found)) return found;
    }
    return undefined;
  }

  /** What lies at a slot that is known. */
  async read(slot: Slot): Promise<StoredResponse | undefined> {
    const found = this.#entries.read(await this.#cache.get(slot.key), slot.tuple);
    return found?.kind === 'response' ? found : undefined;
  }

  /**
   * Looks once more, and takes the fence that a later `commit` shows. What lies there and cannot be read is
   * removed, or it would keep its place for the rest of its TTL.
   */
  async permit(slot: Slot, request: RequestFields): Promise<Permit | StoredResponse | VaryRecord> {
    const { outcome, value, fence } = await this.#cache.inspect(slot.key);
    if (outcome === 'miss') return { slot, fence, guard: undefined };
    const found = this.#entries.read(value, slot.tuple);
    // Another request has found meanwhile that the URL varies.
    if (found?.kind === 'vary') return found;
    if (found && this.matches(slot.urlKey, request, found)) return found;
    await this.#cache.delete(slot.key);
    return { slot, fence: (await this.#cache.inspect(slot.key)).fence, guard: undefined };
  }

  /** Whether other processes may be making the same. */
  isShared(): Promise<boolean> {
    return this.#seats.isShared();
  }

  /**
   * The right of one process to fill a slot, or what another has made of it meanwhile. A record: it has found that
   * the URL varies. Undefined: without any right.
   */
  async permitOfAll(
    slot: Slot,
    request: RequestFields,
  ): Promise<Permit | StoredResponse | VaryRecord | undefined> {
    const seating = await this.#seats.take(slot.key);
    if (!seating || 'seat' in seating) return seating && { slot, seat: seating.seat };
    const found = this.#entries.read(seating.found, slot.tuple);
    if (found?.kind === 'vary') return found;
    return found && this.matches(slot.urlKey, request, found) ? found : undefined;
  }

  /** The right to replace what lies at a slot, which stays until then. */
  async permitToReplace(slot: Slot): Promise<Permit> {
    const guard = guardOf(slot);
    return { slot, fence: (await this.#cache.inspect(guard)).fence, guard };
  }

  /**
   * Where a response belongs. The record of a URL only ever gains names, so handlers that name different
   * fields at different times do not drive each other's responses out.
   */
  async place(slot: Slot, draft: StoreDraft, request: RequestFields): Promise<Placement> {
    const { query } = slot.urlKey;
    const named = varyNames(draft.fields);
    const own = named === '*' ? [] : named;
    const known = slot.record?.names ?? [];
    const isNew = own.some((name) => !known.includes(name));
    if (!isNew) {
      const vary = varyValues(request, known, this.#o.normalize);
      return {
        response: this.#entries.own({ ...draft, tuple: slot.tuple, vary, query }),
        record: undefined,
        slot,
      };
    }
    const union = [...new Set([...known, ...own])].sort();
    const record: VaryRecord = {
      kind: 'vary',
      format: FORMAT,
      tuple: slot.urlKey.primary,
      generation: crypto.randomUUID(),
      names: union.length > MAX_VARY_FIELDS ? own : union,
    };
    const variant = await this.slots.ofVariant(slot.urlKey, record, request);
    const vary = varyValues(request, record.names, this.#o.normalize);
    return {
      response: this.#entries.own({ ...draft, tuple: variant.tuple, vary, query }),
      record,
      slot: variant,
    };
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
    const options = { ttl: ttlS, tags: [...tags, ...urlTags] };
    if (permit.seat) return this.#fill(permit, placement, options);
    if (!record) {
      const stored = await this.#setUnder(permit, slot.key, response, options);
      return stored && (slot.record === undefined || this.#variants.admit(slot, response));
    }
    const home = await this.slots.of(slot.urlKey);
    const life = { ...options, ttl: Math.max(ttlS, VARY_RECORD_TTL_S) };
    if (permit.slot.record) {
      // The record is replaced without a fence: it leads to nothing old, so no old response may follow it.
      await this.#cache.set(home.key, record, life);
      return false;
    }
    // That the record passed the fence shows that nothing was invalidated; from here on the record's own
    // removal cuts off whatever lies below it.
    if (!(await this.#setUnder(permit, home.key, record, life))) return false;
    return (await this.#cache.set(slot.key, response, options)) && this.#variants.admit(slot, response);
  }

  /** The response lies below a record that nobody has seen yet, so it may be there before it. */
  async #fill(
    permit: Extract<Permit, { seat: FillSeat }>,
    { slot, record, response }: Placement,
    options: { readonly ttl: number; readonly tags: readonly string[] },
  ): Promise<boolean> {
    const { seat } = permit;
    if (!record) {
      await seat.fill({ value: response, ...options });
    } else if (permit.slot.record) {
      seat.leave();
      const home = await this.slots.of(slot.urlKey);
      await this.#cache.set(home.key, record, { ...options, ttl: Math.max(options.ttl, VARY_RECORD_TTL_S) });
      return false;
    } else {
      await this.#cache.set(slot.key, response, options);
      await seat.fill({ value: record, ...options, ttl: Math.max(options.ttl, VARY_RECORD_TTL_S) });
    }
    if (slot.record ?? record) await this.#variants.admit(slot, response);
    // Whether it was refused is known to the store alone, and of interest only for what depends on something.
    return !options.tags.some(isDependency) || (await this.#cache.inspect(permit.slot.key)).outcome === 'hit';
  }

  async #setUnder(
    { fence, guard }: Extract<Permit, { fence: Fence }>,
    key: string,
    value: StoredResponse | VaryRecord,
    options: SetOptions,
  ): Promise<boolean> {
    if (!guard) return this.#cache.set(key, value, { ...options, fence });
    // With the same tags, so that an invalidation of any of them counts.
    const isCurrent = await this.#cache.set(guard, 1, { ...options, ttl: 0.001, fence });
    return isCurrent && this.#cache.set(key, value, options);
  }

  /** Removes every response of a URL; with key headers, those of all their values. */
  async invalidate(url: string): Promise<Invalidation> {
    if (this.#o.keyHeaders.length > 0) return this.#cache.invalidateTags(await this.#urlTags(url));
    const primary = primaryTuple(url, []);
    const slot = await this.slots.of({ url, primary, query: null });
    return this.#cache.deleteMany([slot.key, guardOf(slot)]);
  }

  async #urlTags(url: string): Promise<string[]> {
    return this.#o.keyHeaders.length > 0 ? [`url:${await this.#digest.hex(url)}`] : [];
  }

  /** Whether a response was chosen by what this request says, too. */
  matches(urlKey: UrlKey, request: RequestFields, { vary, fields, query }: StoredResponse): boolean {
    if (this.#o.noVarySearch && !isSameSearch(fields, query, urlKey.query)) return false;
    if (matchesVary(request, vary, this.#o.normalize)) return true;
    return this.#o.normalize && isInFavouriteLanguage(request, vary, fields);
  }

  #verify(lookup: Lookup, request: RequestFields): Lookup {
    const { response, slot } = lookup;
    const isOther = response !== undefined && !this.matches(slot.urlKey, request, response);
    return isOther ? { ...lookup, response: undefined } : lookup;
  }
}
