import { isMiss, type Lifetime, type StoreItem, type StoreOutcome } from '@keepsake/core';
import type { Announcer } from './announcer.ts';
import { inTurn } from './batches.ts';
import type { EntryReader } from './entry-reader.ts';
import { withDeadline } from './deadlined.ts';
import { RedisFailure, toFailure } from './failure.ts';
import { GatheredStores } from './gathered-stores.ts';
import type { KeySpace } from './key-space.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { releaseLeases } from './scripts/lease.ts';
import { REPLACE } from './scripts/read-for-fill.ts';
import { store, type StoreReply, type StoreRequest } from './scripts/store.ts';
import type { PlainStore } from './scripts/store-many.ts';
import type { Servers } from './servers.ts';
import { judgeTags, type TagRecords, type TagStates } from './tag-records.ts';
import { encodeBody, FLAG_NEGATIVE, FLAG_TAGGED } from './wire/frame.ts';
import type { Encoded, Values } from './wire/values.ts';

interface Prepared {
  readonly item: StoreItem;
  readonly encoded: Encoded;
}

type TagsNow = { readonly current: number; readonly states: TagStates } | 'no-memory';

/** Stores entries: encodes all before anything is sent, sees to the records of their tags, then sends. */
export class EntryWriter {
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #tags: TagRecords;
  readonly #values: Values;
  readonly #reader: EntryReader;
  readonly #leases: LeaseKeeper;
  readonly #announcer: Announcer;
  readonly #stores: GatheredStores;

  constructor(
    servers: Servers,
    keySpace: KeySpace,
    tags: TagRecords,
    values: Values,
    reader: EntryReader,
    leases: LeaseKeeper,
    announcer: Announcer,
  ) {
    this.#servers = servers;
    this.#keySpace = keySpace;
    this.#tags = tags;
    this.#values = values;
    this.#reader = reader;
    this.#leases = leases;
    this.#announcer = announcer;
    this.#stores = new GatheredStores(servers, keySpace, announcer);
  }

  /**
   * One outcome an item. Where every command failed it rejects with the failure; where some did, theirs are
   * `unknown`.
   *
   * @throws CacheError ERR_SERIALIZE, with nothing stored, for a value that the codec cannot carry.
   */
  async setMany(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    const [first] = items;
    if (items.length === 1 && first) return [await this.#setOne(first)];
    const prepared = items.map((item) => ({ item, encoded: this.#encode(item) }));
    const tags = await this.#ensureTags(items);
    const failures: RedisFailure[] = [];
    const lastOf = new Map<string, Promise<StoreOutcome>>();
    const outcomes = await inTurn(prepared, (one) => {
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
    });
    if (failures[0] && failures.length === items.length) throw failures[0];
    return outcomes;
  }

  async #setOne(item: StoreItem): Promise<StoreOutcome> {
    const encoded = this.#encode(item);
    const tags = item.tags.length > 0 ? await this.#ensureTags([item]) : NO_TAGS;
    try {
      return await this.#storeOne({ item, encoded }, tags);
    } catch (error) {
      throw toFailure('store', error);
    }
  }

  #encode({ key, value, negative, version }: StoreItem): Encoded {
    return this.#values.encode(value, negative, { redisKey: this.#keySpace.value(key), version });
  }

  async #ensureTags(items: readonly StoreItem[]): Promise<TagsNow> {
    const tagged = items.filter((item) => item.tags.length > 0);
    if (tagged.length === 0) return NO_TAGS;
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

  async #storeOne({ item, encoded }: Prepared, tags: TagsNow): Promise<StoreOutcome> {
    const { condition, key } = item;
    const isFenced = typeof condition === 'object';
    if (isFenced) this.#leases.forget(condition.token);
    const isTagged = item.tags.length > 0;
    const lacksMemory = isTagged && tags === 'no-memory';
    const number = isFenced ? condition.number : isTagged && !lacksMemory ? currentOf(tags) : 0;
    if (isTagged && tags !== 'no-memory' && judgeTags(item.tags, number, tags.states).is === 'removed') {
      if (isFenced) {
        const lease = this.#keySpace.lease(key);
        await releaseLeases(this.#servers.of(lease), [{ lease, token: condition.token }]);
      }
      return 'fenced';
    }
    const { version, costMs } = item;
    const isTooLarge = lacksMemory || encoded.valueBytes > item.maxBytes;
    const store: PlainStore = {
      key,
      value: this.#keySpace.value(key),
      lease: this.#keySpace.lease(key),
      token: isFenced ? condition.token : undefined,
      ageMs: item.ageMs,
      life: item.life,
      flags: (item.negative ? FLAG_NEGATIVE : 0) | (isTagged ? FLAG_TAGGED : 0),
      body: isTooLarge ? NO_BODY : encodeBody({ ...encoded, version, costMs, number, tags: item.tags }),
      isTooLarge,
    };
    const isApart = condition === 'absent' || (isFenced && condition.token.startsWith(REPLACE));
    const reply = isApart ? await this.#storeApart(store, condition) : await this.#stores.store(store);
    return reply === 'too-large' && lacksMemory ? 'full' : reply;
  }

  /** What turns out only at the server to change something that others may have seen, and so cannot be told of with others. */
  #storeApart(store: PlainStore, condition: StoreRequest['condition']): Promise<StoreOutcome> {
    const { key } = store;
    const announcement = this.#announcer.announcement({ kind: 'keys', keys: [key], mode: 'delete' });
    const change = { keys: this.#keySpace.changeKeys([key]), announcement };
    return this.#send({ ...store, condition, deadlineMs: undefined, dead: undefined, change }, key);
  }

  /** Sends again where what is there turns out dead by its tags. */
  async #send(request: StoreRequest, key: string): Promise<StoreOutcome> {
    const { outcome, ...rest } = await this.#sendOnce(request);
    if (outcome !== 'present-tagged') return outcome;
    const { bytes } = rest as { bytes: Buffer };
    const there = await this.#reader.resolveOne({ key, bytes });
    if (!isMiss(there) && this.#servers.clock.now() < there.swrUntil) return 'present';
    const again = await this.#sendOnce({ ...request, dead: bytes });
    return again.outcome === 'present-tagged' ? 'present' : again.outcome;
  }

  #sendOnce(request: StoreRequest): Promise<Exclude<StoreReply, { outcome: 'late' }>> {
    const connection = this.#servers.of(request.value);
    return withDeadline(connection, 'store', (deadlineMs) =>
      // A fence is its own guard, and may be shown when the clock is not known.
      store(connection, {
        ...request,
        deadlineMs: typeof request.condition === 'object' ? undefined : deadlineMs,
      }),
    );
  }
}

const NO_TAGS: TagsNow = { current: 0, states: new Map() };
const NO_BODY = Buffer.alloc(0);

const currentOf = (tags: TagsNow): number => (tags === 'no-memory' ? 0 : tags.current);

const lengthOf = (life: Lifetime): number => life.freshMs + Math.max(life.swrMs, life.graceMs);
