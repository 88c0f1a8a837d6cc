import {
  type BackendCapabilities,
  type BackendEvent,
  type BackendFence,
  type Bus,
  type CacheBackend,
  type CaptureMode,
  CacheError,
  type Entry,
  isMiss,
  type Miss,
  type MissReason,
  type ReadIntent,
  type RemovalMode,
  type StoreItem,
  type StoreOutcome,
} from '@keepsake/core';
import { Announcer } from './announcer.ts';
import { inBatches } from './batches.ts';
import { RedisConnection } from './connection.ts';
import { Counter } from './counter.ts';
import { withDeadline } from './deadlined.ts';
import { EntryReader } from './entry-reader.ts';
import { EntryWriter } from './entry-writer.ts';
import { RedisFailure } from './failure.ts';
import { FillWaits } from './fill-waits.ts';
import { KeySpace } from './key-space.ts';
import { LEASE_MS, LeaseKeeper } from './lease-keeper.ts';
import { type RedisBackendOptions, resolveOptions } from './options.ts';
import {
  FILL,
  type LeaseReply,
  type LeaseRequest,
  LOOK,
  readForFill,
  REPLACE,
} from './scripts/read-for-fill.ts';
import { MAX_REMOVALS, remove } from './scripts/remove.ts';
import { touch } from './scripts/touch.ts';
import { Sweep } from './sweep.ts';
import { judgeTags, TagRecords } from './tag-records.ts';
import { renumbered } from './renumbered.ts';

/** Keys of one MGET. */
const MAX_READS = 500;

/** A fence that is taken replaces what may be fresh: its fill is told like any other store. */
const KIND_OF = { 'if-free': FILL, fence: LOOK, take: REPLACE } as const;

/**
 * Entries in Redis or Valkey, shared by all processes that use the same server and prefix. Every command
 * settles within `commandTimeout`; while the server is away calls are refused at once. Times are the
 * server's own. It opens no connection before its first use.
 *
 * @throws CacheError ERR_OPTION for neither or both of `url` and `client`, a bad URL, prefix or codec.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { RedisBackend } from '@keepsake/redis';
 *
 * const cache = createCache({ l2: new RedisBackend({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' }) });
 * await cache.set('photo:1', { title: 'Dawn', takenAt: new Date(0) });
 * console.log(await cache.get('photo:1'));
 * await cache.close();
 * ```
 */
export class RedisBackend implements CacheBackend {
  readonly name = 'redis';
  readonly capabilities: BackendCapabilities = { shared: true, serializes: true, keyTags: true };
  readonly #connection: RedisConnection;
  readonly #keySpace: KeySpace;
  readonly #tags: TagRecords;
  readonly #reader: EntryReader;
  readonly #writer: EntryWriter;
  readonly #counter: Counter;
  readonly #sweep: Sweep;
  readonly #leases: LeaseKeeper;
  readonly #fillWaits: FillWaits;
  readonly #announcer: Announcer;
  readonly #listeners = new Set<(event: BackendEvent) => void>();

  constructor(options: RedisBackendOptions) {
    const { prefix, values, commandTimeoutMs, clock } = resolveOptions(options);
    if (options.client?.isCluster === true) {
      throw new CacheError(
        'ERR_OPTION',
        'client: Redis Cluster is not supported yet; give a client of one server',
      );
    }
    const connection = new RedisConnection({
      url: options.url,
      client: options.client,
      commandTimeoutMs,
      clock,
    });
    const emit = (event: BackendEvent): void => {
      for (const listener of this.#listeners) listener(event);
    };
    this.#connection = connection;
    this.#keySpace = new KeySpace(prefix);
    this.#announcer = new Announcer(options);
    this.#tags = new TagRecords(connection, this.#keySpace);
    this.#reader = new EntryReader(connection, this.#keySpace, this.#tags, values, emit);
    this.#leases = new LeaseKeeper(connection);
    this.#fillWaits = new FillWaits(connection, options, emit);
    this.#writer = new EntryWriter(
      connection,
      this.#keySpace,
      this.#tags,
      values,
      this.#reader,
      this.#leases,
      this.#announcer,
    );
    this.#counter = new Counter(connection, this.#keySpace, values, this.#reader, this.#announcer);
    this.#sweep = new Sweep(connection, this.#keySpace, this.#announcer);
    let hasFailed = false;
    connection.onState((isUp, error) => {
      // The first time up is no recovery.
      if (!isUp) emit({ type: 'failed', operation: 'connection', error });
      else if (hasFailed) emit({ type: 'recovered' });
      hasFailed = !isUp;
    });
  }

  async get(key: string, intent: ReadIntent): Promise<Entry | Miss> {
    if (intent !== 'read') return this.#readForFill(key, intent);
    try {
      const bytes = (await this.#connection.call('read', 'GET', [
        this.#keySpace.value(key),
      ])) as Buffer | null;
      return await this.#reader.resolveOne({ key, bytes: bytes ?? undefined });
    } catch (error) {
      if (error instanceof RedisFailure && error.reply === 'WRONGTYPE') return this.#reader.wrongType(key);
      throw error;
    }
  }

  async getMany(keys: readonly string[], intent: ReadIntent): Promise<(Entry | Miss)[]> {
    if (intent !== 'read') return Promise.all(keys.map((key) => this.#readForFill(key, intent)));
    const found = await Promise.all(
      inBatches(keys, MAX_READS).map(async (batch) => {
        const names = batch.map((key) => this.#keySpace.value(key));
        const reply = (await this.#connection.call('read', 'MGET', names)) as (Buffer | null)[];
        return batch.map((key, i) => ({ key, bytes: reply[i] ?? undefined }));
      }),
    );
    return this.#reader.resolve(found.flat());
  }

  setMany(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#writer.setMany(items);
  }

  async capture(key: string, mode: CaptureMode): Promise<BackendFence | undefined> {
    const request = this.#leaseRequest(key, mode === 'take' ? 'take' : 'if-free', KIND_OF[mode]);
    const reply = await readForFill(this.#connection, request);
    return reply.kind === 'taken' ? this.#takeFence(key, request, reply, mode !== 'fence') : undefined;
  }

  async release(fences: readonly BackendFence[]): Promise<void> {
    await this.#leases.release(fences.map(({ key, token }) => ({ lease: this.#keySpace.lease(key), token })));
  }

  async removeMany(keys: readonly string[], mode: RemovalMode): Promise<number> {
    const counts = await Promise.all(
      inBatches(keys, MAX_REMOVALS).map((batch) => {
        const places = batch.map((key) => this.#keySpace.placesOf(key));
        const announcement = this.#announcer.announcement({ kind: 'keys', keys: batch, mode });
        return remove(this.#connection, places, this.#keySpace.mark, mode, announcement);
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async invalidateTags(tags: readonly string[], mode: RemovalMode): Promise<void> {
    await this.#tags.invalidate(tags, mode, this.#announcer);
  }

  clear(pattern: string): Promise<number> {
    return this.#sweep.clear(pattern);
  }

  async touch(key: string, freshMs: number): Promise<boolean> {
    const value = this.#keySpace.value(key);
    const send = (approved?: Parameters<typeof touch>[4]) =>
      withDeadline(this.#connection, 'touch', (deadlineMs) =>
        touch(this.#connection, value, freshMs, deadlineMs, approved),
      );
    let reply = await send();
    if (reply.outcome === 'tagged') {
      const { bytes } = reply;
      const entry = await this.#reader.resolveOne({ key, bytes });
      if (isMiss(entry)) return false;
      // The tags' records must outlive the longer life.
      const windowMs = entry.freshUntil === Infinity ? 0 : entry.graceUntil - entry.freshUntil;
      const { current, states } = await this.#tags.ensure(entry.tags, freshMs + windowMs);
      const verdict = judgeTags(entry.tags, entry.number, states);
      if (verdict.is === 'removed') return false;
      // What its tags were expired by is answered by the new life: it gets a number above.
      reply = await send({ bytes, body: verdict.is === 'expired' ? renumbered(bytes, current) : undefined });
    }
    return reply.outcome === 'done';
  }

  increment(key: string, by: number, ttlMs: number): Promise<number> {
    return this.#counter.increment(key, by, ttlMs);
  }

  keys(pattern: string): AsyncIterable<string> {
    return this.#sweep.keys(pattern);
  }

  size(pattern?: string): Promise<number> {
    return this.#sweep.size(pattern);
  }

  connect(timeoutMs: number): Promise<void> {
    return this.#connection.connect(timeoutMs);
  }

  async close(): Promise<void> {
    await this.#leases.close();
    await this.#connection.close();
    await this.#fillWaits.close();
    this.#listeners.clear();
  }

  waitForFill(key: string, ms: number): Promise<void> {
    return this.#fillWaits.until(this.#keySpace.lease(key), ms);
  }

  announceOn(bus: Bus, linkId: string): boolean {
    return this.#announcer.announceOn(bus, linkId);
  }

  subscribe(listener: (event: BackendEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The value, or the right to make it. What is found dead is asked about again, as if it were absent. */
  async #readForFill(key: string, intent: 'fill' | 'fence'): Promise<Entry | Miss> {
    let dead: Buffer | undefined;
    let reason: MissReason = 'never-set';
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const request = { ...this.#leaseRequest(key, 'miss', intent === 'fence' ? LOOK : FILL), dead };
      const reply = await readForFill(this.#connection, request);
      switch (reply.kind) {
        case 'value': {
          const found = await this.#reader.resolveOne({
            key,
            bytes: reply.bytes,
            counterTtlMs: reply.counterTtlMs,
          });
          if (!isMiss(found)) return found;
          dead = reply.bytes;
          reason = found.reason;
          break;
        }
        case 'taken':
          return { reason, fence: this.#takeFence(key, request, reply, intent === 'fill') };
        case 'held':
          return { reason, heldForMs: reply.forMs };
        case 'refused':
          return { reason };
      }
    }
    return { reason };
  }

  #leaseRequest(
    key: string,
    mode: LeaseRequest['mode'],
    kind: typeof FILL | typeof LOOK | typeof REPLACE,
  ): LeaseRequest {
    return {
      value: this.#keySpace.value(key),
      lease: this.#keySpace.lease(key),
      counter: this.#keySpace.counter,
      mark: this.#keySpace.mark,
      token: this.#leases.newToken(kind),
      leaseMs: LEASE_MS,
      mode,
      dead: undefined,
    };
  }

  /** `isKept`: the lease is renewed until the fence is used; otherwise it may be forgotten and ends by itself. */
  #takeFence(
    key: string,
    { lease, token }: LeaseRequest,
    { number }: Extract<LeaseReply, { kind: 'taken' }>,
    isKept: boolean,
  ): BackendFence {
    if (isKept) this.#leases.hold({ lease, token });
    return { key, number, token };
  }
}
