import { type BackendEvent, type Entry, isMiss, type MaybePromise, type Miss } from '@keepsake/core';
import { type RedisFailure, toFailure } from './failure.ts';
import type { KeySpace } from './key-space.ts';
import { dropIfEqual } from './scripts/remove.ts';
import { isPartial, type Servers } from './servers.ts';
import { judgeTags, staleFrom, type TagRecords, type TagStates } from './tag-records.ts';
import { decodeFrame, type Frame, isFrame } from './wire/frame.ts';
import type { Values } from './wire/values.ts';

/** What lay at a key. */
export interface Found {
  readonly key: string;
  /** undefined: nothing, or no string. */
  readonly bytes: Buffer | undefined;
  /** Time to live in ms where it is a raw counter (-1: forever); undefined: not asked yet. */
  readonly counterTtlMs?: number | undefined;
  /** It holds another type of data than a string. */
  readonly isForeign?: boolean;
  /** Why the one server of several that holds it could not be asked. */
  readonly failure?: RedisFailure;
  /** Records of tags that were read in the same command as the value, or after the read began. */
  readonly states?: TagStates | undefined;
}

const NEVER_SET: Miss = { reason: 'never-set' };
const UNAVAILABLE: Miss = { reason: 'unavailable' };
const RAW_COUNTER = /^(?:0|-?[1-9]\d{0,15})$/;

/** The integer of a raw counter; undefined where the bytes are none. */
export const parseCounter = (bytes: Buffer): number | undefined => {
  if (bytes.length > 17) return undefined;
  const text = bytes.toString('latin1');
  const value = RAW_COUNTER.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : undefined;
};

/** Makes entries of bytes: checks, decodes, translates times, judges tags. Bad bytes are misses and events. */
export class EntryReader {
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #tags: TagRecords;
  readonly #values: Values;
  readonly #emit: (event: BackendEvent) => void;

  constructor(
    servers: Servers,
    keySpace: KeySpace,
    tags: TagRecords,
    values: Values,
    emit: (event: BackendEvent) => void,
  ) {
    this.#servers = servers;
    this.#keySpace = keySpace;
    this.#tags = tags;
    this.#values = values;
    this.#emit = emit;
  }

  /** At once, unless a second round trip is needed. */
  resolveOne(found: Found): MaybePromise<Entry | Miss> {
    const read = this.#decode(found);
    if (read instanceof Promise || isMiss(read)) return read;
    if (read.tags.length === 0) return read;
    return covers(found.states, read.tags) ? this.#judge(read, found.states) : this.#judgeLater(read);
  }

  /** One answer for each, in order. A second round trip only for counters, and tags whose records are not there yet. */
  async resolve(found: readonly Found[]): Promise<(Entry | Miss)[]> {
    const reads = found.map((one) => this.#decode(one));
    // Nearly always nothing of this is a promise.
    const entries = reads.every(isSettled) ? reads : await Promise.all(reads.map(async (read) => read));
    const isOpen = (entry: Entry | Miss, i: number): entry is Entry =>
      !isMiss(entry) && entry.tags.length > 0 && !covers(found[i]?.states, entry.tags);
    const open = entries.filter(isOpen).flatMap(({ tags }) => tags);
    const later = open.length > 0 ? await this.#statesOf(open) : undefined;
    return entries.map((entry, i) => {
      if (isMiss(entry) || entry.tags.length === 0) return entry;
      const states = found[i]?.states;
      return this.#judge(entry, covers(states, entry.tags) ? states : later);
    });
  }

  async #judgeLater(entry: Entry): Promise<Entry | Miss> {
    return this.#judge(entry, await this.#statesOf(entry.tags));
  }

  /** Whether the records let the entry live; as stale where they only made it expire. */
  #judge(entry: Entry, states: TagStates | undefined): Entry | Miss {
    if (!states) return UNAVAILABLE;
    const verdict = judgeTags(entry.tags, entry.number, states);
    if (verdict.is === 'valid') return entry;
    if (verdict.is === 'removed') return { reason: 'tag' };
    // The number follows the server's clock in microseconds, so it says when it was drawn.
    const { serverClock } = this.#servers.of(this.#keySpace.counter);
    const now = this.#servers.clock.now();
    const stale = staleFrom(entry, Math.min(now, serverClock.toLocal(verdict.number / 1_000)));
    return now < stale.graceUntil ? stale : { reason: 'tag' };
  }

  /** undefined: the one server of several that has the records cannot be asked. */
  async #statesOf(tags: readonly string[]): Promise<TagStates | undefined> {
    try {
      return await this.#tags.read(tags);
    } catch (error) {
      if (!isPartial(this.#servers, error)) throw error;
      this.#emit({ type: 'failed', operation: 'tags', error });
      return undefined;
    }
  }

  /** A miss for a key that holds another type of data than a string; never deleted. */
  wrongType(key: string): Miss {
    this.#emit({ type: 'corrupt', key, detail: 'it holds another type of data' });
    return { reason: 'corrupt' };
  }

  #decode({ key, bytes, counterTtlMs, isForeign }: Found): Entry | Miss | Promise<Entry | Miss> {
    if (isForeign) return this.wrongType(key);
    if (bytes === undefined) return NEVER_SET;
    const counter = parseCounter(bytes);
    if (counter !== undefined) {
      return counterTtlMs === undefined
        ? this.#readCounter(key, counter)
        : this.#counterEntry(counter, counterTtlMs);
    }
    const frame = decodeFrame(bytes);
    if (!isFrame(frame)) return this.#reject(key, bytes, frame.reason, frame.detail);
    this.#tags.hints.learn(key, frame.tags);
    const name = this.#keySpace.value(key);
    const decoded = this.#values.decode(frame, name);
    return 'reason' in decoded
      ? this.#reject(key, bytes, decoded.reason, decoded.detail)
      : this.#toEntry(name, frame, decoded.value);
  }

  #toEntry(name: string, frame: Frame, value: unknown): Entry | Miss {
    const { serverClock, clock } = this.#servers.of(name);
    const graceUntil = serverClock.toLocal(frame.graceUntil);
    if (clock.now() >= graceUntil) return { reason: 'expired' };
    return {
      value,
      createdAt: serverClock.toLocal(frame.createdAt),
      freshUntil: serverClock.toLocal(frame.freshUntil),
      swrUntil: serverClock.toLocal(frame.swrUntil),
      graceUntil,
      slidingMs: frame.slidingMs,
      costMs: frame.costMs,
      negative: frame.negative,
      tags: frame.tags,
      number: frame.number,
      version: frame.version,
    };
  }

  async #readCounter(key: string, value: number): Promise<Entry | Miss> {
    const name = this.#keySpace.value(key);
    const ttlMs = Number(await this.#servers.of(name).call('read', 'PTTL', [name]));
    return ttlMs === -2 ? { reason: 'expired' } : this.#counterEntry(value, ttlMs);
  }

  /** A raw counter has no header: it was made now, is of no version, and is fresh while Redis keeps it. */
  #counterEntry(value: number, ttlMs: number): Entry {
    const now = this.#servers.clock.now();
    const until = ttlMs < 0 ? Infinity : now + ttlMs;
    return {
      value,
      createdAt: now,
      freshUntil: until,
      swrUntil: until,
      graceUntil: until,
      slidingMs: 0,
      costMs: 0,
      negative: false,
      tags: [],
      number: 0,
      version: 0,
    };
  }

  #reject(key: string, bytes: Buffer, reason: 'corrupt' | 'schema', detail: string): Miss {
    this.#emit({ type: 'corrupt', key, detail });
    if (reason === 'corrupt') {
      const name = this.#keySpace.value(key);
      dropIfEqual(this.#servers.of(name), name, bytes).catch((error: unknown) =>
        this.#emit({ type: 'failed', operation: 'drop', error: toFailure('drop', error) }),
      );
    }
    return { reason };
  }
}

const isSettled = (read: Entry | Miss | Promise<Entry | Miss>): read is Entry | Miss =>
  !(read instanceof Promise);

/** Whether each of the tags was asked about. */
const covers = (states: TagStates | undefined, tags: readonly string[]): states is TagStates =>
  states !== undefined && tags.every((tag) => states.has(tag));
