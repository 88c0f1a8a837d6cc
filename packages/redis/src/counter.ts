import { CacheError, isMiss } from '@keepsake/core';
import type { Announcer } from './announcer.ts';
import { withDeadline } from './deadlined.ts';
import type { EntryReader } from './entry-reader.ts';
import { RedisFailure } from './failure.ts';
import type { KeySpace } from './key-space.ts';
import type { Servers } from './servers.ts';
import { count, swap } from './scripts/count.ts';
import { decodeFrame, encodeBody, FLAG_LONG_LIFE, type Frame, isFrame } from './wire/frame.ts';
import type { Values } from './wire/values.ts';

/** Rounds against others who change the same tagged number at once. */
const MAX_ROUNDS = 16;

/**
 * Counters. One that nothing but `increment` has touched is a raw integer string, added to in one step. A
 * number that was stored with `set` is an entry: a plain one becomes raw at its first increment, one with tags
 * or stale windows keeps them and is replaced by compare-and-set.
 */
export class Counter {
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #values: Values;
  readonly #reader: EntryReader;
  readonly #announcer: Announcer;

  constructor(
    servers: Servers,
    keySpace: KeySpace,
    values: Values,
    reader: EntryReader,
    announcer: Announcer,
  ) {
    this.#servers = servers;
    this.#keySpace = keySpace;
    this.#values = values;
    this.#reader = reader;
    this.#announcer = announcer;
  }

  async increment(key: string, by: number, ttlMs: number): Promise<number> {
    if (!Number.isSafeInteger(by)) throw notCountable();
    const { value, lease } = this.#keySpace.placesOf(key);
    const connection = this.#servers.of(value);
    const keys = [value, lease, ...this.#keySpace.changeKeys([key])];
    const announcement = this.#announcer.announcement({ kind: 'keys', keys: [key], mode: 'delete' });
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const reply = await withDeadline(connection, 'increment', (deadlineMs) =>
        count(connection, keys, by, ttlMs, deadlineMs, announcement),
      );
      if (reply.outcome === 'added') return reply.sum;
      if (reply.outcome === 'no-integer') throw notCountable();
      const plan = await this.#planFor(key, reply.bytes, by, ttlMs);
      const swapped = await withDeadline(connection, 'increment', (deadlineMs) =>
        swap(connection, keys, reply.bytes, plan.to, plan.ttlMs, deadlineMs, announcement),
      );
      if (swapped.outcome === 'swapped') return plan.sum;
    }
    throw new RedisFailure(
      'ERR_UNAVAILABLE',
      'redis increment: the key changed all the time; nothing was added',
    );
  }

  /** What an entry is to become. One that a read would not serve counts as absent. */
  async #planFor(
    key: string,
    bytes: Buffer,
    by: number,
    ttlMs: number,
  ): Promise<{ sum: number; to: Buffer | string; ttlMs: number | 'as it was' }> {
    const entry = await this.#reader.resolveOne({ key, bytes });
    const isServable = !isMiss(entry) && this.#servers.clock.now() < entry.swrUntil && !entry.negative;
    if (!isServable) return { sum: by, to: String(by), ttlMs };
    const sum = (entry.value as number) + by;
    if (!Number.isSafeInteger(entry.value) || !Number.isSafeInteger(sum)) throw notCountable();
    const frame = decodeFrame(bytes);
    return {
      sum,
      to: isFrame(frame) && !isPlain(frame) ? this.#rewrite(key, frame, sum) : String(sum),
      ttlMs: 'as it was',
    };
  }

  #rewrite(key: string, frame: Frame, value: number): Buffer {
    const place = { redisKey: this.#keySpace.value(key), version: frame.version };
    return Buffer.concat([frame.head, encodeBody({ ...frame, ...this.#values.encode(value, false, place) })]);
  }
}

/** Nothing is lost when only number and time to live are kept. */
const isPlain = (frame: Frame): boolean =>
  frame.tags.length === 0 && frame.version === 0 && ((frame.head[3] ?? 0) & FLAG_LONG_LIFE) === 0;

const notCountable = (): CacheError =>
  new CacheError('ERR_COUNTER', 'increment: the value is no integer, or would leave the safe range');
