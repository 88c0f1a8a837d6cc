/**
 * Makes "get, query the database, set" safe against an invalidation in between.
 *
 * Idea: a get that misses notes a fence for its key; the set that follows shows it and is refused if
 * anything was invalidated since. Who calls cannot be told apart, so a key keeps the fence of its *oldest*
 * open miss until each miss has had its set: no set can profit from a fence younger than its own get.
 * A miss that is never followed by a set stops counting at the first miss after MISS_WINDOW_MS.
 * Bounded to MAX_OPEN_MISSES keys. The oldest is dropped for a newer one, and if it still counted, sets
 * without a note are refused until it would have stopped: it may be theirs that was dropped.
 */
import type { Clock, Fence } from '@keepsake/core';

export const MAX_OPEN_MISSES = 10_000;

/** A query that takes longer between its get and its set is not protected. */
export const MISS_WINDOW_MS = 30_000;

interface Note {
  readonly fence: Promise<Fence | undefined>;
  readonly since: number;
  open: number;
}

/** `fill`: store under the fence. `refuse`: do not store. `plain`: nobody has a miss open. */
export type StoreRight =
  { readonly kind: 'fill'; readonly fence: Fence } | { readonly kind: 'refuse' | 'plain' };

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
   * Notes a miss. `takeFence` is asked unless an older miss is open; it gives undefined where there is no
   * right to store. Resolves when the fence is held: only then may the query begin.
   */
  async note(key: string, takeFence: () => Promise<Fence | undefined>): Promise<void> {
    const now = this.#clock.now();
    const known = this.#notes.get(key);
    if (known && now - known.since < MISS_WINDOW_MS) {
      known.open += 1;
      await known.fence;
      return;
    }
    const note = { fence: takeFence(), since: now, open: 1 };
    this.#notes.delete(key);
    this.#notes.set(key, note);
    if (this.#notes.size > MAX_OPEN_MISSES) this.#dropOldest(now);
    try {
      await note.fence;
    } catch (error) {
      if (this.#notes.get(key) === note) this.#notes.delete(key);
      throw error;
    }
  }

  /** What a set may do; settles one open miss of the key. */
  async settle(key: string): Promise<StoreRight> {
    const note = this.#notes.get(key);
    if (!note) return { kind: this.#clock.now() < this.#blindUntil ? 'refuse' : 'plain' };
    note.open -= 1;
    if (note.open === 0) this.#notes.delete(key);
    const fence = await note.fence;
    return fence ? { kind: 'fill', fence } : { kind: 'refuse' };
  }

  #dropOldest(now: number): void {
    const oldest = this.#notes.entries().next();
    if (oldest.done) return;
    const [key, note] = oldest.value;
    this.#notes.delete(key);
    if (now - note.since < MISS_WINDOW_MS) {
      this.#blindUntil = Math.max(this.#blindUntil, note.since + MISS_WINDOW_MS);
    }
  }
}
