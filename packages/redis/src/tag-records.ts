/**
 * Whether an entry's tags still stand for it.
 *
 * Idea: numbers that never repeat. An invalidation draws the next one (above all before, and not below the
 * server's clock in microseconds) and writes it on the tag's record; an entry carries the number that stood
 * before its value was made, and is valid while no record of its tags is higher. A record that is missing
 * (never made, evicted, lost in a failover) makes the entry invalid: it can only forget too much. So an
 * invalidation costs the same for one entry and a million, and nothing lists the keys of a tag.
 *
 * A key's own tag (`#<key>`) has a record only once something depends on the key, and each change of the key raises
 * it. A change of a key without a record has to be noticed as well: what is being made may have read the old value,
 * and learns only when it is stored that it depends on it. So the latest change of whatever key is numbered too, in
 * a key of its own (the mark), and the record of a key begins at that number. The mark exists only while something
 * is stored that depends on keys, or was within the hour; until it exists any change may have happened, so the first
 * such fill is stored dead. Where there is no mark and no record a change costs one MGET in its script (measured,
 * 64 callers: see bench of sets), and writes nothing. A number for each key instead would have to be written by each
 * set; one per slot would refuse fewer fills under many writes, at the price of 16,384 keys.
 */
import type { Entry, RemovalMode } from '@keepsake/core';
import type { Announcer } from './announcer.ts';
import { inBatches } from './batches.ts';
import type { KeySpace } from './key-space.ts';
import type { Connection, Servers } from './servers.ts';
import {
  currentNumber,
  ensureTags,
  invalidateTagRecords,
  parseTagRecord,
  type TagRecord,
} from './scripts/tags.ts';
import { TagHints } from './tag-hints.ts';

/** Tags of one command. */
const MAX_TAGS = 500;
/** A record outlives the entries that were stored under it by at least this. */
const MARGIN_MS = 60_000;

export type TagStates = ReadonlyMap<string, TagRecord | undefined>;

/** `expired` gives the number of the invalidation that made the entry stale. */
export type TagVerdict =
  { readonly is: 'valid' } | { readonly is: 'removed' } | { readonly is: 'expired'; readonly number: number };

export class TagRecords {
  readonly hints: TagHints = new TagHints();
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  #asked: Promise<number> | undefined;

  constructor(servers: Servers, keySpace: KeySpace) {
    this.#servers = servers;
    this.#keySpace = keySpace;
  }

  /**
   * The number that a fill is made at, where the script that takes its lease cannot read it. Callers of one moment
   * share the answer: a number from a little before makes an entry die sooner, never later. 0, which no record is
   * below, where it cannot be had: an entry without tags does without it, one with tags is refused.
   */
  current(): Promise<number> {
    this.#asked ??= currentNumber(this.#connection, this.#keySpace)
      .catch(() => 0)
      .finally(() => (this.#asked = undefined));
    return this.#asked;
  }

  /** The records as they stand now. */
  async read(tags: Iterable<string>): Promise<TagStates> {
    const states = new Map<string, TagRecord | undefined>();
    const batches = inBatches([...new Set(tags)], MAX_TAGS);
    await Promise.all(
      batches.map(async (batch) => {
        const names = this.#namesOf(batch);
        const reply = (await this.#connection.call('tags', 'MGET', names)) as unknown[];
        batch.forEach((tag, i) => states.set(tag, parseTagRecord(reply[i])));
      }),
    );
    return states;
  }

  /** Reads them, makes the missing ones, and sees to it that they outlive an entry of `ttlMs`. */
  async ensure(tags: Iterable<string>, ttlMs: number): Promise<{ current: number; states: TagStates }> {
    const states = new Map<string, TagRecord | undefined>();
    let current = 0;
    for (const batch of inBatches([...new Set(tags)], MAX_TAGS)) {
      const ofKeys = batch.filter((tag) => this.#keySpace.isKeyTag(tag));
      const plain = batch.filter((tag) => !this.#keySpace.isKeyTag(tag));
      const [plainNames, keyNames] = [this.#namesOf(plain), this.#namesOf(ofKeys)];
      const ttl = ttlMs + MARGIN_MS;
      const reply = await ensureTags(this.#connection, this.#keySpace, plainNames, keyNames, ttl);
      // The lowest: nothing may be taken for newer than what was read first.
      current = current === 0 ? reply.current : Math.min(current, reply.current);
      [...plain, ...ofKeys].forEach((tag, i) => states.set(tag, reply.records[i]));
    }
    return { current, states };
  }

  /** `announcer`: tells others, in the same step. */
  async invalidate(tags: readonly string[], mode: RemovalMode, announcer: Announcer): Promise<void> {
    for (const batch of inBatches([...new Set(tags)], MAX_TAGS)) {
      const announcement = announcer.announcement({ kind: 'tags', tags: batch, mode });
      const names = this.#namesOf(batch);
      await invalidateTagRecords(this.#connection, this.#keySpace, names, mode, announcement);
    }
  }

  /** Counter, mark and all records lie in one slot. */
  get #connection(): Connection {
    return this.#servers.of(this.#keySpace.counter);
  }

  #namesOf(tags: readonly string[]): string[] {
    return tags.map((tag) => this.#keySpace.tagRecord(tag));
  }
}

/** What the records say of something made at `number`. */
export const judgeTags = (tags: readonly string[], number: number, states: TagStates): TagVerdict => {
  let expired = 0;
  for (const tag of tags) {
    const record = states.get(tag);
    if (!record || record.removed > number) return { is: 'removed' };
    if (record.expired > number) expired = Math.max(expired, record.expired);
  }
  return expired > 0 ? { is: 'expired', number: expired } : { is: 'valid' };
};

/** The entry made stale at `at`: its windows for stale service start there and never grow longer. */
export const staleFrom = (entry: Entry, at: number): Entry => {
  if (entry.freshUntil <= at) return entry;
  const windowMs = (until: number): number => (entry.freshUntil === Infinity ? 0 : until - entry.freshUntil);
  return {
    ...entry,
    freshUntil: at,
    swrUntil: Math.min(entry.swrUntil, at + windowMs(entry.swrUntil)),
    graceUntil: Math.min(entry.graceUntil, at + windowMs(entry.graceUntil)),
  };
};
