/**
 * Makes "get, query the database, set" safe against an invalidation or a newer set in between.
 *
 * Idea: a get that misses notes a fence for its key, and every set of that key shows it. Who sets cannot be
 * told apart: it may be the reader with what it read before a change, or the writer with what it wrote. So
 * each set is judged as if it were the oldest reader's. A note goes through three phases:
 *
 *   open     misses wait for their sets; these show the fence of the first miss
 *   spent    as many sets as misses were stored, or found their own value stored: one more is refused until a
 *            new miss begins a new note, for it may be a reader's whose place a writer's set took
 *   refused  a set found the fence ended and another value or none: something has changed since a miss, and
 *            whoever missed before may still come. Every set is refused, whoever misses now, for MISS_WINDOW_MS
 *            from the last miss before; then as `spent`.
 *
 * A note ends MISS_WINDOW_MS after the last miss it knows. A refused set never leaves another value behind
 * (see CachedPart), so what is refused costs a miss and is never stale. What counting cannot see: a writer's
 * set takes a reader's place (or a time of refusal ends), an invalidation follows, another misses, and only
 * then the reader sets. What it stores stays until the other's set, which is refused and removes it.
 *
 * Bounded to MAX_OPEN_MISSES keys. The oldest is dropped for a newer one, and if it still counted, sets
 * without a note are refused until it would have ended: it may be theirs that was dropped.
 */
import type { Clock, Fence } from '@keepsake/core';

export const MAX_OPEN_MISSES = 10_000;

/** A query that takes longer between its get and its set is not protected. */
export const MISS_WINDOW_MS = 30_000;

/** What came of a set: `stored`; `same`: refused, and an equal value is there; `other`: refused otherwise. */
export type SetOutcome = 'stored' | 'same' | 'other';

export interface Note {
  readonly fence: Promise<Fence | undefined>;
  lastMissAt: number;
  /** Misses whose sets have not come. */
  open: number;
  phase: 'open' | 'spent' | 'refused';
  refusedUntil: number;
}

/** `fill`: store under the fence. `refuse`: do not store. `plain`: nobody may hold an older value. */
export type Claim =
  | { readonly kind: 'fill'; readonly fence: Fence; readonly note: Note }
  | { readonly kind: 'refuse'; readonly note: Note | undefined }
  | { readonly kind: 'plain' };

export class MissBook {
  readonly #clock: Clock;
  readonly #notes = new Map<string, Note>();
  #blindUntil = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#notes.size;
  }

  /**
   * Notes a miss. `takeFence` is asked where a note begins; it gives undefined where there is no right to
   * store. Resolves when the fence is held: only then may the query begin.
   */
  async note(key: string, takeFence: () => Promise<Fence | undefined>): Promise<Note> {
    const now = this.#clock.now();
    const known = this.#live(key);
    if (known && known.phase !== 'spent') {
      known.open += 1;
      known.lastMissAt = now;
      this.#putLast(key, known);
      await known.fence;
      return known;
    }
    const note: Note = { fence: takeFence(), lastMissAt: now, open: 1, phase: 'open', refusedUntil: now };
    this.#putLast(key, note);
    if (this.#notes.size > MAX_OPEN_MISSES) this.#dropOldest(now);
    try {
      await note.fence;
      return note;
    } catch (error) {
      if (this.#notes.get(key) === note) this.#notes.delete(key);
      throw error;
    }
  }

  /** Takes one miss back: its get found a value after all. */
  withdraw(key: string, note: Note): void {
    note.open -= 1;
    if (note.open <= 0 && note.phase === 'open' && this.#notes.get(key) === note) this.#notes.delete(key);
  }

  /** What a set of the key may do. What came of it is told to `settle`. */
  async claim(key: string): Promise<Claim> {
    const note = this.#live(key);
    if (!note) return this.#clock.now() < this.#blindUntil ? { kind: 'refuse', note } : { kind: 'plain' };
    if (note.phase !== 'open') return { kind: 'refuse', note };
    const fence = await note.fence;
    return fence ? { kind: 'fill', fence, note } : { kind: 'refuse', note };
  }

  settle(note: Note, outcome: SetOutcome): void {
    if (note.phase !== 'open') return;
    note.open -= 1;
    if (outcome === 'other') {
      note.phase = 'refused';
      note.refusedUntil = note.lastMissAt + MISS_WINDOW_MS;
    } else if (note.open <= 0) {
      note.phase = 'spent';
    }
  }

  #live(key: string): Note | undefined {
    const note = this.#notes.get(key);
    const now = this.#clock.now();
    if (note && now - note.lastMissAt >= MISS_WINDOW_MS) {
      this.#notes.delete(key);
      return undefined;
    }
    if (note?.phase === 'refused' && now >= note.refusedUntil) note.phase = 'spent';
    return note;
  }

  /** The notes stand in the order of their last misses. */
  #putLast(key: string, note: Note): void {
    this.#notes.delete(key);
    this.#notes.set(key, note);
  }

  #dropOldest(now: number): void {
    const oldest = this.#notes.entries().next();
    if (oldest.done) return;
    const [key, note] = oldest.value;
    this.#notes.delete(key);
    const until = note.lastMissAt + MISS_WINDOW_MS;
    if (now < until) this.#blindUntil = Math.max(this.#blindUntil, until);
  }
}
