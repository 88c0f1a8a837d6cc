import {
  CacheError,
  type CounterStore,
  type Duration,
  isCacheError,
  type MaybePromise,
  toMs,
} from '@keepsake/core';
import { checkId, type Id } from '../id.ts';
import { Flusher } from './flusher.ts';
import { type CountersOptions, type ResolvedCountersOptions, resolveCountersOptions } from './options.ts';
import { SinkCalls } from './sink-calls.ts';

export interface IncrementOptions {
  /**
   * A name that only this addition has, such as a request id: asked for again with it, after an answer that never
   * came, it is not counted twice. Remembered for ten minutes. 1 to 200 characters.
   */
  operation?: string;
}

/**
 * Write-behind counters: counted in a store, carried to a sink in batches, each exactly once. `increment` and
 * `get` give the total, which is what the sink has, what is on its way and what is pending; it never falls.
 */
export interface Counters {
  /**
   * Adds a whole number of at least 1 and gives the total.
   *
   * Rejects where the store cannot be asked (ERR_UNAVAILABLE) or does not answer in time (ERR_TIMEOUT: it may have
   * counted), where a counter that the store does not know cannot be loaded (ERR_UNAVAILABLE), with ERR_COUNTER for
   * another `by` or a total beyond 2^53-1, with ERR_KEY and ERR_CLOSED.
   */
  increment(id: Id, by?: number, options?: IncrementOptions): Promise<number>;
  /** The total; 0 for one that was never counted. Rejects as `increment` does. */
  get(id: Id): Promise<number>;
  /** The totals of all, by id, in the order asked: one round trip, and one load for those the store does not know. */
  getMany(ids: Iterable<Id>): Promise<Map<string, number>>;
  /**
   * Carries all that is pending to the sink, but for batches that another process has in hand. Rejects ERR_UNAVAILABLE
   * where that fails; what is left stays in the store, and is tried again behind.
   */
  flush(): Promise<void>;
  /**
   * Flushes, for at most `timeout` (default 2 s), and closes the store. Rejects ERR_UNAVAILABLE, closed all the same,
   * where something is left: over Redis another process takes it over. Idempotent.
   */
  close(options?: { timeout?: Duration }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Write-behind counters over a store and a sink.
 *
 * @example
 * ```ts
 * import { createCounters, type CounterSink, MemoryCounterStore } from '@keepsake/entities';
 *
 * const rows = new Map<string, { total: number; number: number }>(); // your table
 * const sink: CounterSink = {
 *   load: async (ids) => ids.flatMap((id) => ({ id, ...(rows.get(id) ?? { total: 0, number: 0 }) })),
 *   apply: async (batches) =>
 *     batches.map(({ id, number, amount }) => {
 *       const row = rows.get(id) ?? { total: 0, number: 0 };
 *       if (row.number < number) rows.set(id, { total: row.total + amount, number });
 *       return { id, total: rows.get(id)?.total ?? 0 };
 *     }),
 * };
 * const downloads = createCounters({ store: new MemoryCounterStore(), sink });
 * console.log(await downloads.increment('p1'), await downloads.get('p1')); // 1 1
 * await downloads.close();
 * console.log(rows.get('p1')?.total); // 1
 * ```
 * @throws CacheError ERR_OPTION, ERR_TTL
 */
export const createCounters = (options: CountersOptions): Counters =>
  new StoreCounters(resolveCountersOptions(options));

const DEFAULT_CLOSE_MS = 2_000;
const LONGEST_ID = 1_024;
const LONGEST_OPERATION = 200;
/** A counter that was made known and is unknown again: the store is full, or loses what it is given. */
const MAX_SEEDS = 3;

class StoreCounters implements Counters {
  readonly #options: ResolvedCountersOptions;
  readonly #store: CounterStore;
  readonly #sink: SinkCalls;
  readonly #flusher: Flusher;
  /** Increments that are not answered yet: what they count is flushed at the end, too. */
  readonly #underWay = new Set<Promise<number>>();
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedCountersOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#sink = new SinkCalls(options.sink, options.clock, options.sinkTimeoutMs);
    this.#flusher = new Flusher(options, this.#sink);
  }

  async increment(id: Id, by = 1, options: IncrementOptions = {}): Promise<number> {
    const name = toCounterName(id);
    const operation = toOperation(options.operation);
    if (!Number.isSafeInteger(by) || by < 1) {
      throw new CacheError('ERR_COUNTER', 'increment: expected a whole number of at least 1');
    }
    this.#checkOpen();
    const total = this.#add(name, by, operation);
    this.#underWay.add(total);
    try {
      return await total;
    } finally {
      this.#underWay.delete(total);
    }
  }

  async get(id: Id): Promise<number> {
    const name = toCounterName(id);
    return (await this.#totals([name])).get(name) ?? 0;
  }

  async getMany(ids: Iterable<Id>): Promise<Map<string, number>> {
    return this.#totals([...new Set(Array.from(ids, toCounterName))]);
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    await this.#flusher.flush();
  }

  close(options: { timeout?: Duration } = {}): Promise<void> {
    this.#closing ??= this.#close(
      options.timeout === undefined ? DEFAULT_CLOSE_MS : toMs(options.timeout, 'timeout'),
    );
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #add(name: string, by: number, operation: string | undefined): Promise<number> {
    for (let seeds = 0; seeds < MAX_SEEDS; seeds += 1) {
      const state = await asked('increment', () => this.#store.add(name, by, this.#options.rule, operation));
      if (state !== undefined) {
        if (state.isDue) this.#flusher.kick();
        return state.total;
      }
      await this.#seed([name]);
    }
    throw new CacheError('ERR_UNAVAILABLE', 'increment: the store has no room for the counter');
  }

  async #close(timeoutMs: number): Promise<void> {
    try {
      await this.#flusher.close(timeoutMs, Promise.allSettled(this.#underWay));
    } finally {
      await this.#store.close();
    }
  }

  async #totals(names: readonly string[]): Promise<Map<string, number>> {
    this.#checkOpen();
    if (names.length === 0) return new Map();
    const known = await asked('get', () => this.#store.read(names));
    const missing = names.filter((_, at) => known[at] === undefined);
    const seeded = missing.length > 0 ? await this.#seed(missing) : [];
    const late = seeded[Symbol.iterator]();
    return new Map(names.map((name, at) => [name, known[at] ?? late.next().value ?? 0]));
  }

  async #seed(names: readonly string[]): Promise<readonly number[]> {
    const origins = await asked('load', () => this.#sink.load(names));
    return asked('seed', () => this.#store.seed(origins));
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new CacheError('ERR_CLOSED', 'these counters are closed');
  }
}

/** Failures of the two ports as errors with a code. */
const asked = async <T>(what: string, work: () => MaybePromise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (isCacheError(error)) throw error;
    throw new CacheError('ERR_UNAVAILABLE', `counters ${what}: it failed`, { cause: error });
  }
};

/** @throws CacheError ERR_KEY */
const toCounterName = (id: Id): string => {
  const name = String(checkId(id));
  if (name.length <= LONGEST_ID && name.isWellFormed()) return name;
  throw new CacheError(
    'ERR_KEY',
    `id of a counter: expected well-formed text of at most ${LONGEST_ID} characters`,
  );
};

/** @throws CacheError ERR_OPTION */
const toOperation = (operation: string | undefined): string | undefined => {
  if (operation === undefined) return undefined;
  const isText = typeof operation === 'string' && operation.length > 0 && operation.isWellFormed();
  if (isText && operation.length <= LONGEST_OPERATION) return operation;
  throw new CacheError('ERR_OPTION', `operation: expected a string of 1 to ${LONGEST_OPERATION} characters`);
};
