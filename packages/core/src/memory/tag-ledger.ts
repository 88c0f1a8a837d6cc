/**
 * Invalidation by tag at a cost that does not depend on how many entries carry the tag.
 *
 * Idea: a counter that never repeats. An invalidation writes the next number on the tag's record; an entry
 * carries the number that stood when its making began; it is valid while no record of its tags is higher.
 * So a load that began before the invalidation is dead even if it learns its tags afterwards.
 * Bounded: beyond MAX_RECORDS the oldest records are merged into a floor that holds for every tag without a
 * record. That can only invalidate too much, never too little.
 *
 * The tag of a key (`#<key>`) has a record only once something depends on the key, so that a change of any
 * other key writes nothing. The record begins at the number of the latest change of whatever key: what was being
 * made meanwhile may have read the key before it changed.
 */
import type { RemovalMode } from '../backend.ts';
import { KEY_TAG, keyTag } from '../key-tag.ts';
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
  /** The number of the latest change of any key. */
  #changed = 0;
  #hasKeyTags = false;

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

  /** A key has another value, or none: what depends on it goes, or becomes stale. */
  changed(key: string, mode: RemovalMode, now: number): void {
    this.#changed = this.draw();
    if (!this.#hasKeyTags) return;
    const tag = keyTag(key);
    if (this.#records.get(tag)) this.invalidate(tag, mode, now);
  }

  /** The same for all keys that match and that something depends on. */
  changedMatching(matches: (key: string) => boolean, now: number): void {
    if (!this.#hasKeyTags) return;
    const tags = [...this.#records.keys()].filter((tag) => tag.startsWith(KEY_TAG));
    for (const tag of tags) if (matches(tag.slice(KEY_TAG.length))) this.invalidate(tag, 'delete', now);
  }

  /** Something is stored that depends on the keys among these tags. */
  depend(tags: readonly string[]): void {
    for (const tag of tags) {
      if (!tag.startsWith(KEY_TAG) || this.#records.get(tag)) continue;
      this.#hasKeyTags = true;
      const { removed, expired, expiredAt } = this.#floor;
      this.#records.set(tag, { removed: Math.max(removed, this.#changed), expired, expiredAt });
    }
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
    for (const [tag, { removed, expired }] of dropped) {
      // Without its record a key can no longer reach what depends on it.
      const reached = tag.startsWith(KEY_TAG) ? this.draw() : removed;
      this.#floor.removed = Math.max(this.#floor.removed, reached);
      this.#floor.expired = Math.max(this.#floor.expired, expired);
    }
  }
}
