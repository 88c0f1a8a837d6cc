import { CLAIM_MS, MAX_PLACES } from '@keepsake/core';

/** A place in the line of each of its names. */
export interface Place {
  readonly token: string;
  readonly names: readonly string[];
  readonly holders: number;
  untilMs: number;
  isCalled: boolean;
}

/**
 * The lines, one a name, in the order in which the places were taken. The first place that could be granted is called,
 * and nobody passes it; a place that cannot be, for another of its names is held, holds nobody up. So whoever holds
 * one name and asks for a second never waits for somebody who waits for both.
 */
export class Lines {
  readonly #lines = new Map<string, Map<string, Place>>();
  readonly #places = new Map<string, Place>();
  readonly #listeners = new Map<string, (inMs: number) => void>();
  /** For how long those who hold the name keep the place out; 0: not at all. */
  readonly #keptOutMs: (name: string, place: Place, nowMs: number) => number;

  constructor(keptOutMs: (name: string, place: Place, nowMs: number) => number) {
    this.#keptOutMs = keptOutMs;
  }

  get isEmpty(): boolean {
    return this.#places.size === 0;
  }

  /** Takes the place, or keeps it for longer; who was called has come. */
  take(names: readonly string[], token: string, holders: number, untilMs: number): void {
    const known = this.#places.get(token);
    if (known !== undefined) {
      known.untilMs = untilMs;
      known.isCalled = false;
      return;
    }
    if (names.some((name) => (this.#lines.get(name)?.size ?? 0) >= MAX_PLACES)) return;
    const place: Place = { token, names, holders, untilMs, isCalled: false };
    this.#places.set(token, place);
    for (const name of names) {
      const line = this.#lines.get(name);
      if (line === undefined) this.#lines.set(name, new Map([[token, place]]));
      else line.set(token, place);
    }
  }

  /** Gives the place up, if it has one. */
  leave(token: string): readonly string[] {
    const place = this.#places.get(token);
    if (place === undefined) return [];
    this.#places.delete(token);
    for (const name of place.names) {
      const line = this.#lines.get(name);
      line?.delete(token);
      if (line?.size === 0) this.#lines.delete(name);
    }
    return place.names;
  }

  /** For how long somebody before the token may still come; 0: nobody is before it. */
  heldUpMs(name: string, token: string, nowMs: number): number {
    const first = this.#first(name, nowMs);
    if (first === undefined || first.token === token) return 0;
    if (first.isCalled) return first.untilMs - nowMs;
    return CLAIM_MS + Math.max(...first.names.map((other) => this.#keptOutMs(other, first, nowMs)));
  }

  /** Calls the first place if it could be granted now; the one behind it is told to stand by. */
  call(name: string, nowMs: number): void {
    const first = this.#first(name, nowMs);
    if (first === undefined || first.isCalled) return;
    if (first.names.some((other) => this.#keptOutMs(other, first, nowMs) > 0)) return;
    first.isCalled = true;
    first.untilMs = Math.min(first.untilMs, nowMs + CLAIM_MS);
    this.#listeners.get(first.token)?.(0);
    for (const place of this.#lines.get(name)?.values() ?? []) {
      if (place === first || place.isCalled) continue;
      this.#listeners.get(place.token)?.(CLAIM_MS);
      break;
    }
  }

  listen(token: string, listener: (inMs: number) => void): () => void {
    this.#listeners.set(token, listener);
    return () => void this.#listeners.delete(token);
  }

  clear(): void {
    this.#lines.clear();
    this.#places.clear();
    this.#listeners.clear();
  }

  #first(name: string, nowMs: number): Place | undefined {
    for (const place of this.#lines.get(name)?.values() ?? []) {
      if (place.untilMs <= nowMs) this.leave(place.token);
      else if (place.names.every((other) => other === name || this.#keptOutMs(other, place, nowMs) === 0)) {
        return place;
      }
    }
    return undefined;
  }
}
