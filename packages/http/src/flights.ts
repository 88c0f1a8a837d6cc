/**
 * Collapsed forwarding: while one request (the leader) is with the handler, others for the same slot wait
 * for what comes of it, and a finished response stays here until its write has ended, so that the next
 * request finds it however slow the store is.
 *
 * Requests that no one response can answer go in lanes of their own: each Range, HEAD, POST.
 *
 * Invariant: a flight is found only by requests that arrived while nothing had invalidated its URL since it
 * took off; an invalidation detaches it at once, and those who already wait keep waiting.
 */
import type { Clock } from '@keepsake/core';
import { MAX_FLIGHTS, WAIT_LIMIT_MS } from './limits.ts';
import type { Slot, UrlKey } from './slot.ts';
import type { StoredResponse, VaryRecord } from './stored-response.ts';

/** What came of a flight. */
export type Landing =
  | {
      readonly kind: 'response';
      readonly response: StoredResponse;
      /** Where it is being stored. */
      readonly slot: Slot;
      readonly record: VaryRecord | undefined;
      readonly tags: readonly string[];
    }
  /** The handler failed; here is what it was to validate, for those who may have it stale. */
  | { readonly kind: 'stale'; readonly response: StoredResponse }
  /** Another process has found that the URL varies: there is nothing at this slot. */
  | { readonly kind: 'varies'; readonly record: VaryRecord }
  /** Each asks for itself. */
  | { readonly kind: 'unshareable' }
  /** The next one leads. */
  | { readonly kind: 'failed' };

export class Flight {
  readonly slot: Slot;
  readonly lane: string;
  readonly startedAtMs: number;
  readonly landing: Promise<Landing>;
  /** A stale response that whoever may have it need not wait for this flight with. */
  readonly offer: Promise<StoredResponse>;
  /** Its write has ended, or there was none. */
  readonly over: Promise<void>;
  /** Tags that were invalidated while it was away: a response that carries one of them is nobody's. */
  readonly invalidatedTags: Set<string> = new Set<string>();
  /** What came of it, once it has. */
  landed: Landing | undefined;
  /** The response is complete, and will land in a moment. */
  isEnding = false;
  /** Its URL was invalidated since it took off. */
  isDetached = false;
  #land: (landing: Landing) => void = () => undefined;
  #offer: (stale: StoredResponse) => void = () => undefined;
  #end: () => void = () => undefined;

  constructor(slot: Slot, lane: string, startedAtMs: number) {
    this.slot = slot;
    this.lane = lane;
    this.startedAtMs = startedAtMs;
    this.landing = new Promise((resolve) => (this.#land = resolve));
    this.offer = new Promise((resolve) => (this.#offer = resolve));
    this.over = new Promise((resolve) => (this.#end = resolve));
  }

  /** The first call counts. */
  land(landing: Landing): void {
    this.landed ??= landing;
    this.#land(this.landed);
  }

  offerStale(stale: StoredResponse): void {
    this.#offer(stale);
  }

  end(): void {
    this.#end();
  }
}

export class Flights {
  readonly #clock: Clock;
  /** By URL, then by the tuple of the slot and the lane. */
  readonly #byUrl = new Map<string, Map<string, Flight>>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#count;
  }

  /** Whether any request for the URL is under way. */
  isAway(url: string): boolean {
    return this.#byUrl.has(url);
  }

  /** The flight to wait for; one that has been away for too long is waited for no more. */
  find(slot: Slot, lane: string): Flight | undefined {
    const flight = this.#byUrl.get(slot.urlKey.url)?.get(idOf(slot, lane));
    if (!flight) return undefined;
    const isOverdue = !flight.landed && this.#clock.now() - flight.startedAtMs > WAIT_LIMIT_MS;
    return isOverdue ? undefined : flight;
  }

  /** Flights to a URL whose response is complete and still on its way to the store. */
  *ending(urlKey: UrlKey): IterableIterator<Flight> {
    for (const flight of this.#byUrl.get(urlKey.url)?.values() ?? []) {
      const isOver = flight.isEnding || flight.landed?.kind === 'response';
      if (isOver && flight.slot.urlKey.primary === urlKey.primary) yield flight;
    }
  }

  /** Until what has landed for a slot is in the store: who replaces it must find it there. */
  commits(slot: Slot): Promise<unknown> | undefined {
    const landed = [...(this.#byUrl.get(slot.urlKey.url)?.values() ?? [])].filter(
      (flight) =>
        (flight.isEnding || flight.landed) &&
        (flight.slot.tuple === slot.tuple ||
          (flight.landed?.kind === 'response' && flight.landed.slot.tuple === slot.tuple)),
    );
    return landed.length > 0 ? Promise.all(landed.map((flight) => flight.over)) : undefined;
  }

  /** Takes off, in place of an earlier flight of the slot. Undefined: too many are under way. */
  takeOff(slot: Slot, lane: string): Flight | undefined {
    if (this.#count >= MAX_FLIGHTS) return undefined;
    const flight = new Flight(slot, lane, this.#clock.now());
    const { url } = slot.urlKey;
    let flights = this.#byUrl.get(url);
    if (!flights) this.#byUrl.set(url, (flights = new Map()));
    const id = idOf(slot, lane);
    if (!flights.has(id)) this.#count += 1;
    flights.set(id, flight);
    return flight;
  }

  /** The flight is over: its response is in the store, or there is none. */
  remove(flight: Flight): void {
    flight.end();
    const { url } = flight.slot.urlKey;
    const flights = this.#byUrl.get(url);
    const id = idOf(flight.slot, flight.lane);
    if (flights?.get(id) !== flight) return;
    flights.delete(id);
    this.#count -= 1;
    if (flights.size === 0) this.#byUrl.delete(url);
  }

  /** After its own invalidation of the URL, which the response of a POST survives. */
  restore(flight: Flight): void {
    const { url } = flight.slot.urlKey;
    let flights = this.#byUrl.get(url);
    if (!flights) this.#byUrl.set(url, (flights = new Map()));
    const id = idOf(flight.slot, flight.lane);
    if (flights.has(id)) return;
    flight.isDetached = false;
    flights.set(id, flight);
    this.#count += 1;
  }

  /** From now on nobody finds the flights of a URL. */
  detach(url: string): void {
    const flights = this.#byUrl.get(url);
    if (!flights) return;
    for (const flight of flights.values()) flight.isDetached = true;
    this.#count -= flights.size;
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

const idOf = (slot: Slot, lane: string): string => `${lane}\n${slot.tuple}`;

const sharesTag = (a: readonly string[], b: readonly string[]): boolean => a.some((tag) => b.includes(tag));
