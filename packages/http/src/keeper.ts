import type { EngineParts } from './engine-parts.ts';
import { withinDeadline } from './deadline.ts';
import type { RequestView } from './exchange.ts';
import type { Flight } from './flights.ts';
import { COMMIT_LIMIT_MS, MAX_ENTRY_TAGS } from './limits.ts';
import type { Permit } from './permit.ts';
import { originOfGroups } from './rules/cache-groups.ts';
import { contentRange, partOf, partThatCame } from './rules/content-range.ts';
import { hasField, withoutFields } from './rules/fields.ts';
import { hasNoContent } from './rules/status.ts';
import type { DraftHead } from './store-decision.ts';

/** A response that is complete and to be kept. */
export interface Finished {
  readonly draft: DraftHead;
  readonly body: Uint8Array;
  readonly ttlS: number;
  readonly tags: readonly string[];
  /** What the handler read through the cache. */
  readonly dependencies: readonly string[];
  /** An entity tag that was made of the bytes already, where the response has none. */
  readonly ownTag?: string | undefined;
  /** The entity tag that the response has was made here. */
  readonly hasOwnTag?: boolean;
  /** Others may have it without asking the handler. */
  readonly isFresh: boolean;
}

/** Lands flights with what they brought, and stores it. */
export class Keeper {
  readonly #parts: EngineParts;
  readonly #flight: Flight;
  /** Undefined: the store could not be asked, so nothing is written. */
  readonly #permit: Permit | undefined;

  constructor(parts: EngineParts, flight: Flight, permit: Permit | undefined) {
    this.#parts = parts;
    this.#flight = flight;
    this.#permit = permit;
  }

  get mayStore(): boolean {
    return this.#permit !== undefined;
  }

  /** The next one leads. */
  fail(): void {
    this.#permit?.seat?.leave();
    this.#parts.flights.remove(this.#flight);
    this.#flight.land({ kind: 'failed' });
  }

  giveUp(): void {
    this.#permit?.seat?.leave();
    this.#parts.flights.remove(this.#flight);
    this.#flight.land({ kind: 'unshareable' });
  }

  /** Never rejects: the response has been served, and what goes wrong here is told to `onError`. */
  async keep(request: RequestView, make: () => Promise<Finished> | Finished): Promise<void> {
    const { flights, onError } = this.#parts;
    this.#flight.isEnding = true;
    try {
      const finished = this.#asItCame(await make());
      if (finished) await this.#land(request, finished);
    } catch (error) {
      onError(error);
    } finally {
      this.#permit?.seat?.leave();
      flights.remove(this.#flight);
      this.#flight.land({ kind: 'unshareable' });
    }
  }

  async #land(request: RequestView, finished: Finished): Promise<void> {
    const { store, options } = this.#parts;
    const { tags, dependencies } = finished;
    const permit = await this.#place(request, finished);
    const draft = await this.#draft(finished);
    const placement = await store.place(permit?.slot ?? this.#flight.slot, draft, request.fields);
    const { response, record, slot } = placement;
    if (this.#flight.isDetached && !permit) return;
    this.#parts.ages.of(response);
    if (tags.some((own) => this.#flight.invalidatedTags.has(own))) {
      this.fail();
      return;
    }
    const land = (): void => this.#flight.land({ kind: 'response', response, slot, record, tags });
    const all = [...new Set([...tags, ...dependencies])];
    // An entry cannot carry more; without them it would outlive what it was made from.
    if (all.length > MAX_ENTRY_TAGS) return;
    if (!finished.isFresh) this.#parts.unshared.add(slot.urlKey.url);
    if (dependencies.length === 0) land();
    if (!permit) return;
    const origin = options.origin ? undefined : originOfGroups(tags);
    if (origin !== undefined) await this.#parts.groups.note(origin);
    const commit = store.commit(permit, placement, finished.ttlS, all);
    const stored = await withinDeadline(commit, COMMIT_LIMIT_MS, options.clock);
    // Only the store knows whether what it was made from has changed meanwhile.
    if (dependencies.length > 0 && stored === true) land();
    if (stored === true) this.#parts.watch?.(request, response);
  }

  /** The right to store where the response belongs: elsewhere, if it is the first to say what its path varies by. */
  async #place({ target, fields }: RequestView, { draft }: Finished): Promise<Permit | undefined> {
    const { store } = this.#parts;
    const { urlKey } = this.#flight.slot;
    if (!target || !this.#parts.options.noVarySearch) return this.#permit;
    await store.slots.noteSearch(target, draft.fields);
    const now = store.slots.keyOf(target, fields);
    if (now.url === urlKey.url || !this.#permit) return this.#permit;
    this.#permit.seat?.leave();
    return store.permitToReplace(await store.slots.of(now));
  }

  async #draft(finished: Finished): Promise<DraftHead & StoredParts> {
    const { draft, body, ownTag, dependencies, hasOwnTag = false } = finished;
    const { status, fields } = draft;
    const content = hasNoContent(status) ? new Uint8Array() : body;
    if (status !== 200 || hasField(fields, 'etag')) {
      return { ...draft, body: content, ownTag: hasOwnTag, dependencies };
    }
    const tag = ownTag ?? `"${await this.#parts.digest.bytes(content)}"`;
    return { ...draft, fields: [...fields, ['ETag', tag]], body: content, ownTag: true, dependencies };
  }

  /** A part of another length than it says is kept as what it is only where the options take what cannot be proved. */
  #asItCame(finished: Finished): Finished | undefined {
    const { draft, body } = finished;
    if (draft.status !== 206) return finished;
    const said = partOf(draft.fields);
    const came = said && partThatCame(said, body.byteLength);
    if (!came || came.last === said.last) return came && finished;
    if (this.#parts.options.completeRanges !== 'any') return undefined;
    const rest = withoutFields(draft.fields, new Set(['content-range']));
    return { ...finished, draft: { ...draft, fields: [...rest, ['Content-Range', contentRange(came)]] } };
  }
}

interface StoredParts {
  readonly body: Uint8Array;
  readonly ownTag: boolean;
  readonly dependencies: readonly string[];
}
