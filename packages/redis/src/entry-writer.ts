import { isMiss, type Lifetime, type StoreItem, type StoreOutcome } from '@keepsake/core';
import type { RedisConnection } from './connection.ts';
import type { EntryReader } from './entry-reader.ts';
import { withDeadline } from './deadlined.ts';
import { RedisFailure, toFailure } from './failure.ts';
import type { KeySpace } from './key-space.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { releaseLeases } from './scripts/lease.ts';
import { store, type StoreReply, type StoreRequest } from './scripts/store.ts';
import { judgeTags, type TagRecords, type TagStates } from './tag-records.ts';
import type { Codec } from './wire/codec.ts';
import { encodeBody, FLAG_NEGATIVE, FLAG_TAGGED } from './wire/frame.ts';

interface Prepared {
  readonly item: StoreItem;
  readonly payload: Buffer;
}

type TagsNow = { readonly current: number; readonly states: TagStates } | 'no-memory';

/** Stores entries: encodes all before anything is sent, sees to the records of their tags, then sends. */
export class EntryWriter {
  readonly #connection: RedisConnection;
  readonly #keySpace: KeySpace;
  readonly #tags: TagRecords;
  readonly #codec: Codec;
  readonly #reader: EntryReader;
  readonly #leases: LeaseKeeper;

  constructor(
    connection: RedisConnection,
    keySpace: KeySpace,
    tags: TagRecords,
    codec: Codec,
    reader: EntryReader,
    leases: LeaseKeeper,
  ) {
    this.#connection = connection;
    this.#keySpace = keySpace;
    this.#tags = tags;
    this.#codec = codec;
    this.#reader = reader;
    this.#leases = leases;
  }

  /**
   * One outcome an item. Where every command failed it rejects with the failure; where some did, theirs are
   * `unknown`.
   *
   * @throws CacheError ERR_SERIALIZE, with nothing stored, for a value that the codec cannot carry.
   */
  async setMany(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    const prepared = items.map((item) => ({ item, payload: this.#encode(item) }));
    const tags = await this.#ensureTags(items);
    const failures: RedisFailure[] = [];
    const lastOf = new Map<string, Promise<StoreOutcome>>();
    const outcomes = await Promise.all(
      prepared.map((one) => {
        const { key } = one.item;
        const before = lastOf.get(key);
        const work = async (): Promise<StoreOutcome> => {
          try {
            return await this.#storeOne(one, tags);
          } catch (error) {
            failures.push(toFailure('store', error));
            return 'unknown';
          }
        };
        // Items of one key go one after the other; all else goes at once.
        const outcome = before ? before.then(work) : work();
        lastOf.set(key, outcome);
        return outcome;
      }),
    );
    if (failures[0] && failures.length === items.length) throw failures[0];
    return outcomes;
  }

  #encode(item: StoreItem): Buffer {
    return item.negative ? Buffer.alloc(0) : this.#codec.encode(item.value);
  }

  async #ensureTags(items: readonly StoreItem[]): Promise<TagsNow> {
    const tagged = items.filter((item) => item.tags.length > 0);
    if (tagged.length === 0) return { current: 0, states: new Map() };
    const ttlMs = Math.max(...tagged.map(({ life }) => lengthOf(life)));
    try {
      return await this.#tags.ensure(
        tagged.flatMap((item) => item.tags),
        ttlMs,
      );
    } catch (error) {
      if (error instanceof RedisFailure && error.reply === 'OOM') return 'no-memory';
      throw error;
    }
  }

  async #storeOne({ item, payload }: Prepared, tags: TagsNow): Promise<StoreOutcome> {
    const { condition, key } = item;
    const isFenced = typeof condition === 'object';
    if (isFenced) this.#leases.forget(condition.token);
    const isTagged = item.tags.length > 0;
    const lacksMemory = isTagged && tags === 'no-memory';
    const number = isFenced ? condition.number : isTagged && !lacksMemory ? currentOf(tags) : 0;
    if (isTagged && tags !== 'no-memory' && judgeTags(item.tags, number, tags.states).is === 'removed') {
      if (isFenced)
        await releaseLeases(this.#connection, [{ lease: this.#keySpace.lease(key), token: condition.token }]);
      return 'fenced';
    }
    const { version, costMs } = item;
    const reply = await this.#send(
      {
        value: this.#keySpace.value(key),
        lease: this.#keySpace.lease(key),
        condition,
        deadlineMs: undefined,
        ageMs: item.ageMs,
        life: item.life,
        flags: (item.negative ? FLAG_NEGATIVE : 0) | (isTagged ? FLAG_TAGGED : 0),
        body: encodeBody({ codec: this.#codec.id, version, costMs, number, tags: item.tags, payload }),
        dead: undefined,
        isTooLarge: lacksMemory || payload.length > item.maxBytes,
      },
      key,
    );
    if (reply === 'too-large' && lacksMemory) return 'full';
    return reply;
  }

  /** Sends again where what is there turns out dead by its tags. */
  async #send(request: StoreRequest, key: string): Promise<StoreOutcome> {
    const { outcome, ...rest } = await this.#sendOnce(request);
    if (outcome !== 'present-tagged') return outcome;
    const { bytes } = rest as { bytes: Buffer };
    const there = await this.#reader.resolveOne({ key, bytes });
    if (!isMiss(there) && this.#connection.clock.now() < there.swrUntil) return 'present';
    const again = await this.#sendOnce({ ...request, dead: bytes });
    return again.outcome === 'present-tagged' ? 'present' : again.outcome;
  }

  #sendOnce(request: StoreRequest): Promise<Exclude<StoreReply, { outcome: 'late' }>> {
    return withDeadline(this.#connection, 'store', (deadlineMs) =>
      // A fence is its own guard, and may be shown when the clock is not known.
      store(this.#connection, {
        ...request,
        deadlineMs: typeof request.condition === 'object' ? undefined : deadlineMs,
      }),
    );
  }
}

const currentOf = (tags: TagsNow): number => (tags === 'no-memory' ? 0 : tags.current);

const lengthOf = (life: Lifetime): number => life.freshMs + Math.max(life.swrMs, life.graceMs);
