import {
  CacheError,
  type CounterBatch,
  type CounterOrigin,
  type CounterState,
  type CounterStore,
  type Duration,
  type FlushRule,
  type SettledBatch,
  type TakeOptions,
  toMs,
} from '@keepsake/core';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { type ClientSource, RedisConnection, withDeadline } from '@keepsake/redis';
import { CounterKeys } from './counter-keys.ts';
import { ADD, READ, SEED, SETTLE, TAKE } from './counter-scripts.ts';

export interface RedisCounterStoreOptions extends ClientSource {
  /** Begins every key. Default 'ks:'. */
  prefix?: string;
  /** Of these counters: counters of several names lie beside each other. 1 to 128 characters. Default 'counters'. */
  name?: string;
  /** A command settles within it; then ERR_TIMEOUT. Default 1 s. */
  commandTimeout?: Duration;
}

const WORDS: Words<RedisCounterStoreOptions> = {
  url: true,
  client: true,
  prefix: true,
  name: true,
  commandTimeout: true,
};

export const REDIS_COUNTER_DEFAULTS: {
  readonly prefix: string;
  readonly name: string;
  readonly commandTimeoutMs: number;
} = Object.freeze({ prefix: 'ks:', name: 'counters', commandTimeoutMs: 1_000 });

/** A counter with nothing to flush is forgotten this long after the last batch: the sink has all of it. */
const IDLE_MS = 86_400_000;
const OPERATION_MS = 600_000;
/** Counters that one script names. */
const MAX_AT_ONCE = 500;

/**
 * Counters on one Redis or Valkey server, for all processes together; over a connection of their own that never sends
 * a command twice. An increment carries its deadline: executed after it, it does nothing.
 *
 * What is pending or in flight has no TTL and must not be evicted: `maxmemory-policy noeviction`, or one of the
 * `volatile` ones. What the server loses before it was flushed is lost: turn its append-only file on.
 *
 * @throws CacheError ERR_OPTION, ERR_TTL
 */
export class RedisCounterStore implements CounterStore {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #keys: CounterKeys;

  constructor(options: RedisCounterStoreOptions) {
    refuseUnknown('RedisCounterStore', options, WORDS);
    const { url, client, commandTimeout } = options;
    const { prefix = REDIS_COUNTER_DEFAULTS.prefix, name = REDIS_COUNTER_DEFAULTS.name } = options;
    this.#keys = new CounterKeys(prefix, name);
    this.#connection = new RedisConnection({
      url,
      client,
      commandTimeoutMs:
        commandTimeout === undefined
          ? REDIS_COUNTER_DEFAULTS.commandTimeoutMs
          : toMs(commandTimeout, 'commandTimeout'),
    });
  }

  async read(ids: readonly string[]): Promise<(number | undefined)[]> {
    const totals = await this.#each(ids, (part) =>
      READ.run(this.#connection, 'read', this.#counters(part), []),
    );
    return totals.map((total) => (total < 0 ? undefined : total));
  }

  seed(origins: readonly CounterOrigin[]): Promise<number[]> {
    return this.#each(origins, (part) => {
      const args = part.flatMap(({ total, number }) => [total, number]);
      const keys = this.#counters(part.map(({ id }) => id));
      return SEED.run(this.#connection, 'seed', keys, [IDLE_MS, ...args]);
    });
  }

  async add(
    id: string,
    by: number,
    rule: FlushRule,
    operation: string | undefined,
  ): Promise<CounterState | undefined> {
    const keys = [this.#keys.counter(id), this.#keys.waiting];
    if (operation !== undefined) keys.push(this.#keys.operation(operation));
    const reply = await withDeadline(this.#connection, 'increment', async (deadlineMs) => {
      const args = [deadlineMs, by, id, rule.every, rule.afterMs, OPERATION_MS];
      return toAddReply(await ADD.run(this.#connection, 'increment', keys, args));
    });
    if (reply.outcome === 'unknown') return undefined;
    if (reply.outcome === 'added') return { total: reply.total, isDue: reply.isDue };
    throw new CacheError('ERR_COUNTER', 'increment: the total would leave the safe range');
  }

  async take({ limit, leaseMs, isForced }: TakeOptions): Promise<CounterBatch[]> {
    const { waiting, inFlight, stem } = this.#keys;
    const args = [stem, limit, leaseMs, isForced ? 1 : 0];
    const reply = await TAKE.run(this.#connection, 'take', [waiting, inFlight], args);
    if (!Array.isArray(reply)) throw unexpected('take');
    const fields = reply.map(String);
    return Array.from({ length: fields.length / 3 }, (_, at) => ({
      id: fields[3 * at] ?? '',
      number: Number(fields[3 * at + 1]),
      amount: Number(fields[3 * at + 2]),
    }));
  }

  async settle(batches: readonly SettledBatch[], { every, afterMs }: FlushRule): Promise<void> {
    const { waiting, inFlight } = this.#keys;
    for (let from = 0; from < batches.length; from += MAX_AT_ONCE) {
      const part = batches.slice(from, from + MAX_AT_ONCE);
      const keys = [waiting, inFlight, ...this.#counters(part.map(({ id }) => id))];
      const args = part.flatMap(({ id, number, total = -1 }) => [id, number, total]);
      await SETTLE.run(this.#connection, 'settle', keys, [every, afterMs, IDLE_MS, ...args]);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** A number for each of them, in their order. */
  async #each<T>(all: readonly T[], ask: (part: readonly T[]) => Promise<unknown>): Promise<number[]> {
    const numbers: number[] = [];
    for (let from = 0; from < all.length; from += MAX_AT_ONCE) {
      const part = all.slice(from, from + MAX_AT_ONCE);
      const reply = await ask(part);
      if (!Array.isArray(reply) || reply.length !== part.length) throw unexpected('read');
      numbers.push(...reply.map(Number));
    }
    return numbers;
  }

  #counters(ids: readonly string[]): string[] {
    return ids.map((id) => this.#keys.counter(id));
  }
}

type AddReply =
  | { readonly outcome: 'added'; readonly total: number; readonly isDue: boolean }
  | { readonly outcome: 'unknown' | 'too-high' }
  | { readonly outcome: 'late'; readonly serverMs: number };

const toAddReply = (reply: unknown): AddReply => {
  const [code, serverMs, total, isDue] = Array.isArray(reply) ? reply.map(Number) : [];
  if (serverMs === undefined) throw unexpected('increment');
  if (code === 4) return { outcome: 'late', serverMs };
  if (code === 0) return { outcome: 'unknown' };
  if (code === 2) return { outcome: 'too-high' };
  if (total === undefined) throw unexpected('increment');
  return { outcome: 'added', total, isDue: isDue === 1 };
};

const unexpected = (operation: string): CacheError =>
  new CacheError('ERR_UNAVAILABLE', `redis ${operation}: the server gave an answer of another shape`);
