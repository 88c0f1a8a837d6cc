/**
 * Collapsed forwarding: while one request (the leader) is with the handler, others for the same slot wait
 * for what comes of it, and a finished response stays here until its write has ended, so that the next
 * request finds it however slow the store is.
 *
 * Invariant: a flight is found only by requests that arrived while nothing had invalidated its URL since it
 * took off; an invalidation detaches it at once, and those who already wait keep waiting.
 */
import type { Clock } from '@keepsake/core';
import { MAX_FLIGHTS, WAIT_LIMIT_MS } from './limits.ts';
import type { Slot, UrlKey } from './response-store.ts';
import type { StoredResponse, VaryRecord } from './stored-response.ts';

/** What came of a flight. `unshareable`: each asks for itself. `failed`: the next one leads. */
export type Landing =
  | {
      readonly kind: 'response';
      readonly response: StoredResponse;
      readonly record: VaryRecord | undefined;
      readonly tags: readonly string[];
    }
  | { readonly kind: 'unshareable' }
  | { readonly kind: 'failed' };

export interface Flight {
  readonly slot: Slot;
  readonly landing: Promise<Landing>;
  /** Tags that were invalidated while it was away: a response that carries one of them is nobody's. */
  readonly invalidatedTags: Set<string>;
  /** What came of it, once it has. */
  landed: Landing | undefined;
  /** The first call counts. */
  land(landing: Landing): void;
}

export class Flights {
  readonly #clock: Clock;
  /** By URL, then by the tuple of the slot. */
  readonly #byUrl = new Map<string, Map<string, Flight & { readonly startedAtMs: number }>>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#count;
  }

  /** The flight to wait for; one that has been away for too long is waited for no more. */
  find(slot: Slot): Flight | undefined {
    const flight = this.#byUrl.get(slot.urlKey.url)?.get(slot.tuple);
    if (!flight) return undefined;
    const isOverdue = !flight.landed && this.#clock.now() - flight.startedAtMs > WAIT_LIMIT_MS;
    return isOverdue ? undefined : flight;
  }

  /** Responses to a URL that are complete and still being written. */
  *pending(urlKey: UrlKey): IterableIterator<StoredResponse> {
    for (const { landed, slot } of this.#byUrl.get(urlKey.url)?.values() ?? []) {
      if (landed?.kind === 'response' && slot.urlKey.primary === urlKey.primary) yield landed.response;
    }
  }

  /** Takes off, in place of an earlier flight of the slot. Undefined: too many are under way. */
  takeOff(slot: Slot): Flight | undefined {
    if (this.#count >= MAX_FLIGHTS) return undefined;
    let resolve: (landing: Landing) => void = () => undefined;
    const landing = new Promise<Landing>((r) => (resolve = r));
    const flight = {
      slot,
      landing,
      invalidatedTags: new Set<string>(),
      landed: undefined as Landing | undefined,
      startedAtMs: this.#clock.now(),
      land(outcome: Landing): void {
        this.landed ??= outcome;
        resolve(this.landed);
      },
    };
    const { url } = slot.urlKey;
    let flights = this.#byUrl.get(url);
    if (!flights) this.#byUrl.set(url, (flights = new Map()));
    if (!flights.has(slot.tuple)) this.#count += 1;
    flights.set(slot.tuple, flight);
    return flight;
  }

  /** The flight is over: its response is in the store, or there is none. */
  remove(flight: Flight): void {
    const { url } = flight.slot.urlKey;
    const flights = this.#byUrl.get(url);
    if (flights?.get(flight.slot.tuple) !== flight) return;
    flights.delete(flight.slot.tuple);
    this.#count -= 1;
    if (flights.size === 0) this.#byUrl.delete(url);
  }

  /** From now on nobody finds the flights of a URL. */
  detach(url: string): void {
    this.#count -= this.#byUrl.get(url)?.size ?? 0;
    this.#byUrl.delete(url);
  }

  /** Detaches what carries one of the tags; what is still away, and may come to carry one, is told. */
  invalidateTags(tags: readonly string[]): void {
    for (const flights of [...this.#byUrl.values()]) {
      for (const flight of [...flights.values()]) {
        if (flight.landed) {
          if (flight.landed.kind === 'response' && sharesTag(flight.landed.tags, tags)) this.remove(flight);
          continue;
        }
        for (const tag of tags) flight.invalidatedTags.add(tag);
        if (flight.invalidatedTags.size > MAX_TOLD_TAGS) this.remove(flight);
      }
    }
  }
}

/** A flight that was told of more tags than this is not waited for any more. */
const MAX_TOLD_TAGS = 1_000;

const sharesTag = (a: readonly string[], b: readonly string[]): boolean => a.some((tag) => b.includes(tag));
