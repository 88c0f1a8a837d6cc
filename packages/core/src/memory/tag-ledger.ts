/**
 * Invalidation by tag at a cost that does not depend on how many entries carry the tag.
 *
 * Idea: a counter that never repeats. An invalidation writes the next number on the tag's record; an entry
 * carries the number that stood when its making began; it is valid while no record of its tags is higher.
 * So a load that began before the invalidation is dead even if it learns its tags afterwards.
 * Bounded: beyond MAX_RECORDS the oldest records are merged into a floor that holds for every tag without a
 * record. That can only invalidate too much, never too little.
 */
import type { RemovalMode } from '../backend.ts';
import { Generations } from './generations.ts';

export const MAX_RECORDS = 100_000;

interface TagRecord {
  removed: number;
  expired: number;
  /** When `expired` was written, on the store's clock. */
  expiredAt: number;
}

export class TagLedger {
  readonly #records = new Generations<TagRecord>(MAX_RECORDS, (dropped) => this.#mergeIntoFloor(dropped));
  readonly #floor: TagRecord = { removed: 0, expired: 0, expiredAt: 0 };
  #last = 0;
  #latest = 0;

  /** A number above all that were given before. */
  draw(): number {
    this.#last += 1;
    return this.#last;
  }

  get current(): number {
    return this.#last;
  }

  /** The number of the latest invalidation. */
  get latest(): number {
    return this.#latest;
  }

  invalidate(tag: string, mode: RemovalMode, now: number): void {
    const record = this.#records.get(tag) ?? { ...this.#floor };
    this.#latest = this.draw();
    if (mode === 'delete') record.removed = this.#latest;
    else Object.assign(record, { expired: this.#latest, expiredAt: now });
    this.#records.set(tag, record);
  }

  /** What the tags' records say of an entry made at `number`; for an expired one, since when. */
  judge(tags: readonly string[], number: number): 'valid' | 'removed' | { readonly expiredAt: number } {
    let expiredAt = Infinity;
    for (const tag of tags) {
      const record = this.#records.get(tag) ?? this.#floor;
      if (record.removed > number) return 'removed';
      if (record.expired > number) expiredAt = Math.min(expiredAt, record.expiredAt);
    }
    return expiredAt === Infinity ? 'valid' : { expiredAt };
  }

  #mergeIntoFloor(dropped: ReadonlyMap<string, TagRecord>): void {
    for (const { removed, expired } of dropped.values()) {
      this.#floor.removed = Math.max(this.#floor.removed, removed);
      this.#floor.expired = Math.max(this.#floor.expired, expired);
    }
  }
}
