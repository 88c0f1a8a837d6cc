/**
 * Reads of values, gathered: what is asked for in the same tick goes to the server as one MGET, and with it the
 * records of the tags that the entries carried when they were read last.
 *
 * A caller that is alone waits for nobody: its read leaves at the end of the tick as a GET of its own. Of many, MGET
 * costs client and server a third of pipelined GETs (see the ADR on reads). Records come with the value in one atomic
 * command, so they are never older than the read: what an invalidation hit that was acknowledged before is found out
 * without a second round trip, and without a message having arrived.
 *
 * MGET answers nil for a key that holds another type of data. Such a read is a miss like any other; that it was one
 * is found out behind it, and told as an event.
 */
import { inBatches } from './batches.ts';
import { MAX_IN_FLIGHT } from './connection.ts';
import type { Found } from './entry-reader.ts';
import { RedisFailure, toFailure } from './failure.ts';
import type { KeySpace } from './key-space.ts';
import { readValues } from './read-values.ts';
import { parseTagRecord } from './scripts/tags.ts';
import type { Servers } from './servers.ts';
import type { TagRecords, TagStates } from './tag-records.ts';

/** Reads of one tick that go as one command. */
export const MAX_GATHERED = 100;
/** Bytes that the values of one command should have together, as far as can be foreseen. */
const MAX_GATHERED_BYTES = 262_144;
/** Values of one MGET that was asked for as one. */
const MAX_VALUES = 250;
/** Keys of one MGET, the records of tags included. */
const MAX_NAMES = 500;

/**
 * Reads that fill on a miss look first while so large a share of them find something: a hit then costs no script, a
 * miss one round trip more. Below it the script that takes the lease comes first.
 */
const LOOK_FIRST_FROM = 0.3;
/** Reads over which the share is averaged. */
const FOUND_WINDOW = 32;

interface Waiting {
  readonly key: string;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

export class ValueReads {
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #tags: TagRecords;
  readonly #onWrongType: (key: string) => void;
  #waiting: Waiting[] = [];
  #underWay = 0;
  /** What a value had lately, on average. */
  #meanBytes = 0;
  #foundShare = 1;
  #isChecking = false;

  constructor(servers: Servers, keySpace: KeySpace, tags: TagRecords, onWrongType: (key: string) => void) {
    this.#servers = servers;
    this.#keySpace = keySpace;
    this.#tags = tags;
    this.#onWrongType = onWrongType;
  }

  /** Rejects like `RedisConnection.call`. That a key holds another type of data is known only of a read that went alone. */
  read(key: string): Promise<Found> {
    if (this.#servers.isCluster) return this.#readApart(key);
    if (this.#underWay >= MAX_IN_FLIGHT) {
      return Promise.reject(
        new RedisFailure('ERR_UNAVAILABLE', `redis read: ${MAX_IN_FLIGHT} calls are under way already`),
      );
    }
    this.#underWay += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (this.#waiting.length === 1) process.nextTick(() => this.#sendGathered());
    });
  }

  /** Before a fill: what lies at the key; undefined where it is better asked for by the script that takes the lease. */
  async lookFirst(key: string): Promise<Found | undefined> {
    if (this.#servers.isCluster || this.#foundShare < LOOK_FIRST_FROM) return undefined;
    const found = await this.read(key);
    if (found.bytes) this.noteFound(true);
    return found;
  }

  /** Whether a read that would have filled on a miss found a value. */
  noteFound(isFound: boolean): void {
    this.#foundShare += ((isFound ? 1 : 0) - this.#foundShare) / FOUND_WINDOW;
  }

  /** One answer a key, in order. */
  async readMany(keys: readonly string[]): Promise<Found[]> {
    if (this.#servers.isCluster) return this.#readManyApart(keys);
    const found = await Promise.all(inBatches(keys, MAX_VALUES).map((batch) => this.#mget(batch)));
    return found.length === 1 ? (found[0] ?? []) : found.flat();
  }

  /** On a cluster value and records lie in different slots: they are asked for side by side. */
  async #readApart(key: string): Promise<Found> {
    const [bytes, states] = await Promise.all([this.#get(key), this.#statesFor([key])]);
    return bytes === 'foreign' ? { key, bytes: undefined, isForeign: true } : { key, bytes, states };
  }

  async #readManyApart(keys: readonly string[]): Promise<Found[]> {
    const names = keys.map((key) => this.#keySpace.value(key));
    const [values, states] = await Promise.all([readValues(this.#servers, names), this.#statesFor(keys)]);
    return keys.map((key, i) => {
      const value = values[i];
      return value instanceof RedisFailure
        ? { key, bytes: undefined, failure: value }
        : { key, bytes: value, states };
    });
  }

  /** Records of the tags that the entries are expected to carry; undefined: to be asked for when they have come. */
  async #statesFor(keys: readonly string[]): Promise<TagStates | undefined> {
    const tags = this.#tagsOf(keys, MAX_NAMES);
    if (tags.size === 0) return undefined;
    // Without them the entries are judged when they have come, and then a failure counts.
    return this.#tags.read(tags).catch(() => undefined);
  }

  #sendGathered(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const size = Math.max(1, Math.min(MAX_GATHERED, Math.floor(MAX_GATHERED_BYTES / (this.#meanBytes + 1))));
    if (waiting.length <= size) void this.#settle(waiting);
    else for (const batch of inBatches(waiting, size)) void this.#settle(batch);
  }

  /** Never rejects: each caller gets its answer, or the failure. */
  async #settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const found = await this.#ask(batch.map(({ key }) => key));
      batch.forEach(({ resolve, key }, i) => resolve(found[i] ?? { key, bytes: undefined }));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay -= batch.length;
    }
  }

  async #ask(keys: readonly string[]): Promise<Found[]> {
    const [key] = keys;
    if (keys.length > 1 || key === undefined || this.#tags.hints.of(key)) return this.#mget(keys);
    const bytes = await this.#get(key);
    if (bytes === 'foreign') return [{ key, bytes: undefined, isForeign: true }];
    if (bytes) this.#meanBytes += (bytes.length - this.#meanBytes) / 8;
    return [{ key, bytes }];
  }

  async #get(key: string): Promise<Buffer | undefined | 'foreign'> {
    const name = this.#keySpace.value(key);
    try {
      const reply = await this.#servers.of(name).call('read', 'GET', [name]);
      return (reply ?? undefined) as Buffer | undefined;
    } catch (error) {
      if (toFailure('read', error).reply === 'WRONGTYPE') return 'foreign';
      throw error;
    }
  }

  async #mget(keys: readonly string[]): Promise<Found[]> {
    const names = keys.map((key) => this.#keySpace.value(key));
    const tags = this.#tagsOf(keys, MAX_NAMES - names.length);
    for (const tag of tags) names.push(this.#keySpace.tagRecord(tag));
    const reply = (await this.#servers.of('').call('read', 'MGET', names)) as (Buffer | null)[];
    const states = tags.size > 0 ? statesOf(tags, reply, keys.length) : undefined;
    let bytesInAll = 0;
    const absent: string[] = [];
    const found = keys.map((key, i): Found => {
      const bytes = reply[i] ?? undefined;
      if (bytes) bytesInAll += bytes.length;
      else absent.push(key);
      return { key, bytes, states };
    });
    const present = keys.length - absent.length;
    if (present > 0) this.#meanBytes += (bytesInAll / present - this.#meanBytes) / 8;
    if (absent.length > 0) this.#lookBehind(absent);
    return found;
  }

  /** The tags that the entries are expected to carry, as many as fit. */
  #tagsOf(keys: readonly string[], most: number): Set<string> {
    const tags = new Set<string>();
    if (this.#tags.hints.size === 0) return tags;
    for (const key of keys) {
      const expected = this.#tags.hints.of(key);
      if (!expected) continue;
      if (tags.size + expected.length > most) break;
      for (const tag of expected) tags.add(tag);
    }
    return tags;
  }

  /**
   * Whether keys that gave nothing hold another type of data. One look at a time: what is skipped is met again. A key
   * that was stored meanwhile exists, too, so GET has the last word.
   */
  #lookBehind(keys: readonly string[]): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#tellWrongTypes(keys)
      // Without an answer nothing is known: the next miss looks again.
      .catch(() => undefined)
      .finally(() => {
        this.#isChecking = false;
      });
  }

  async #tellWrongTypes(keys: readonly string[]): Promise<void> {
    const names = keys.map((key) => this.#keySpace.value(key));
    if (Number(await this.#servers.of('').call('read', 'EXISTS', names)) === 0) return;
    for (const key of keys) if ((await this.#get(key)) === 'foreign') this.#onWrongType(key);
  }
}

const statesOf = (tags: ReadonlySet<string>, reply: readonly (Buffer | null)[], from: number): TagStates => {
  const states = new Map<string, ReturnType<typeof parseTagRecord>>();
  let at = from;
  for (const tag of tags) {
    states.set(tag, parseTagRecord(reply[at]));
    at += 1;
  }
  return states;
};
