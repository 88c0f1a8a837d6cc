import {
  type BackendCapabilities,
  type BackendEvent,
  type BackendFence,
  type Bus,
  type CacheBackend,
  type CaptureMode,
  type Entry,
  isMiss,
  type Miss,
  type ReadIntent,
  type RemovalMode,
  type StoreItem,
  type StoreOutcome,
} from '@keepsake/core';
import { Announcer } from './announcer.ts';
import { inBatches, inTurn } from './batches.ts';
import { Counter } from './counter.ts';
import { withDeadline } from './deadlined.ts';
import { EntryReader } from './entry-reader.ts';
import { EntryWriter } from './entry-writer.ts';
import { FillWaits } from './fill-waits.ts';
import { Fences } from './fences.ts';
import { KeySpace } from './key-space.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { type RedisBackendOptions, resolveOptions } from './options.ts';
import { openServers } from './open-servers.ts';
import { MAX_REMOVALS, remove } from './scripts/remove.ts';
import { touch } from './scripts/touch.ts';
import { isPartial, type Servers } from './servers.ts';
import { Sweep } from './sweep.ts';
import { judgeTags, TagRecords } from './tag-records.ts';
import { renumbered } from './renumbered.ts';
import { ValueReads } from './value-reads.ts';

const UNAVAILABLE: Miss = { reason: 'unavailable' };

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
  readonly capabilities: BackendCapabilities;
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #tags: TagRecords;
  readonly #reads: ValueReads;
  readonly #reader: EntryReader;
  readonly #writer: EntryWriter;
  readonly #counter: Counter;
  readonly #sweep: Sweep;
  readonly #leases: LeaseKeeper;
  readonly #fillWaits: FillWaits;
  readonly #fences: Fences;
  readonly #announcer: Announcer;
  readonly #listeners = new Set<(event: BackendEvent) => void>();

  constructor(options: RedisBackendOptions) {
    const { prefix, values, commandTimeoutMs, clock } = resolveOptions(options);
    const { url, client } = options;
    const servers = openServers({ url, client, commandTimeoutMs, clock });
    this.#servers = servers;
    // A script reaches the keys of one slot: on a cluster the record of a key's own tag lies in another.
    this.capabilities = { shared: true, serializes: true, keyTags: !servers.isCluster };
    this.#keySpace = new KeySpace(prefix, { isCluster: servers.isCluster });
    const emit = (event: BackendEvent): void => this.#emit(event);
    this.#announcer = new Announcer(options);
    this.#tags = new TagRecords(servers, this.#keySpace);
    this.#reader = new EntryReader(servers, this.#keySpace, this.#tags, values, emit);
    this.#reads = new ValueReads(servers, this.#keySpace, this.#tags, (key) => this.#reader.wrongType(key));
    this.#leases = new LeaseKeeper(servers);
    this.#fences = new Fences(servers, this.#keySpace, this.#tags, this.#reads, this.#reader, this.#leases);
    this.#fillWaits = new FillWaits(servers, { url, client }, this.#keySpace.counter, emit);
    this.#writer = new EntryWriter(
      servers,
      this.#keySpace,
      this.#tags,
      values,
      this.#reader,
      this.#leases,
      this.#announcer,
    );
    this.#counter = new Counter(servers, this.#keySpace, values, this.#reader, this.#announcer);
    this.#sweep = new Sweep(servers, this.#keySpace, this.#announcer);
    let hasFailed = false;
    servers.onState((isUp, error) => {
      // The first time up is no recovery.
      if (!isUp) emit({ type: 'failed', operation: 'connection', error });
      else if (hasFailed) emit({ type: 'recovered' });
      hasFailed = !isUp;
    });
  }

  async get(key: string, intent: ReadIntent): Promise<Entry | Miss> {
    if (intent !== 'read') return this.#fenced(key, intent);
    try {
      return await this.#reader.resolveOne(await this.#reads.read(key));
    } catch (error) {
      return this.#missing(error);
    }
  }

  async getMany(keys: readonly string[], intent: ReadIntent): Promise<(Entry | Miss)[]> {
    if (intent !== 'read') return this.#fencedMany(keys, intent);
    const found = await this.#reads.readMany(keys);
    const entries = await this.#reader.resolve(found);
    return entries.map((entry, i) => {
      const failure = found[i]?.failure;
      return failure ? this.#missing(failure) : entry;
    });
  }

  setMany(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#writer.setMany(items);
  }

  capture(key: string, mode: CaptureMode): Promise<BackendFence | undefined> {
    return this.#fences.capture(key, mode);
  }

  async release(fences: readonly BackendFence[]): Promise<void> {
    await this.#leases.release(fences.map(({ key, token }) => ({ lease: this.#keySpace.lease(key), token })));
  }

  async removeMany(keys: readonly string[], mode: RemovalMode): Promise<number> {
    const groups = this.#servers.group(keys, (key) => this.#keySpace.value(key));
    const batches = groups.flatMap(({ connection, items }) =>
      inBatches(items, MAX_REMOVALS).map((batch) => ({ connection, batch })),
    );
    const counts = await inTurn(batches, ({ connection, batch }) => {
      const places = batch.map((key) => this.#keySpace.placesOf(key));
      const announcement = this.#announcer.announcement({ kind: 'keys', keys: batch, mode });
      return remove(connection, places, this.#keySpace.numbers?.mark, mode, announcement);
    });
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
    const connection = this.#servers.of(value);
    const send = (approved?: Parameters<typeof touch>[4]) =>
      withDeadline(connection, 'touch', (deadlineMs) =>
        touch(connection, value, freshMs, deadlineMs, approved),
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
    return this.#servers.connect(timeoutMs);
  }

  async close(): Promise<void> {
    await this.#leases.close();
    await this.#servers.close();
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

  #fenced(key: string, intent: 'fill' | 'fence'): Promise<Entry | Miss> {
    return this.#fences.read(key, intent).catch((error: unknown) => this.#missing(error));
  }

  /** One failure fails them all: the rights that the others got have nobody to use them, and are given back. */
  async #fencedMany(keys: readonly string[], intent: 'fill' | 'fence'): Promise<(Entry | Miss)[]> {
    const failures: unknown[] = [];
    const reads = await inTurn(keys, (key) =>
      this.#fenced(key, intent).catch((error: unknown): Miss => {
        failures.push(error);
        return UNAVAILABLE;
      }),
    );
    if (failures.length === 0) return reads;
    const unused = reads.flatMap((read) => (isMiss(read) && read.fence ? [read.fence] : []));
    this.release(unused).catch((error: unknown) =>
      this.#emit({ type: 'failed', operation: 'release', error }),
    );
    throw failures[0];
  }

  /** What a failed read comes to: where other servers can be asked, it is no failure of them all. */
  #missing(error: unknown): Miss {
    if (!isPartial(this.#servers, error)) throw error;
    this.#emit({ type: 'failed', operation: 'read', error });
    return UNAVAILABLE;
  }

  #emit(event: BackendEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
