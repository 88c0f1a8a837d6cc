import {
  CacheError,
  type Clock,
  type CounterBatch,
  type CounterOrigin,
  type CounterState,
  type CounterStore,
  type FlushRule,
  type SettledBatch,
  systemClock,
  type TakeOptions,
} from '@keepsake/core';
import { refuseUnknown, type Words } from '@keepsake/core/words';

interface Counted {
  base: number;
  pending: number;
  /** The amount of the batch that is in flight. */
  inFlight: number | undefined;
  /** Of the batch in flight, or of the last one. */
  number: number;
  /** From when on it is due, or its batch may be taken over. */
  readyAtMs: number;
  usedAtMs: number;
}

export interface MemoryCounterStoreOptions {
  /**
   * Beyond it, counters that are settled and were not used for a minute are forgotten. Where there are none, further
   * ones are read from the sink each time, and cannot be counted: ERR_UNAVAILABLE. Default 100,000.
   */
  maxCounters?: number;
  clock?: Clock;
}

const WORDS: Words<MemoryCounterStoreOptions> = { maxCounters: true, clock: true };

const DEFAULT_MAX_COUNTERS = 100_000;
/** Longer than any load of a sink: an origin that is on its way must not meet a counter that has gone on and was forgotten. */
const IDLE_MS = 60_000;
const OPERATION_MS = 600_000;
const MAX_OPERATIONS = 100_000;

/**
 * Counters of one process: for tests, for development, and for a service of one process that may lose what is
 * pending (at most `flushEvery` and one interval of each counter) when it is killed. Every method takes effect
 * before it returns.
 *
 * @throws CacheError ERR_OPTION
 */
export class MemoryCounterStore implements CounterStore {
  readonly name = 'memory';
  readonly #clock: Clock;
  readonly #maxCounters: number;
  /** The longest unused first. */
  readonly #counters = new Map<string, Counted>();
  /** Counters with something pending and nothing in flight: those that are due at once, and the others, in order. */
  readonly #due = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #inFlight = new Set<string>();
  /** Operations by the time until which they are remembered, in order. */
  readonly #operations = new Map<string, number>();
  #isClosed = false;

  constructor(options: MemoryCounterStoreOptions = {}) {
    refuseUnknown('MemoryCounterStore', options, WORDS);
    const { maxCounters = DEFAULT_MAX_COUNTERS, clock = systemClock } = options;
    if (!Number.isSafeInteger(maxCounters) || maxCounters < 1) {
      throw new CacheError('ERR_OPTION', 'maxCounters: expected a whole number of at least 1');
    }
    this.#maxCounters = maxCounters;
    this.#clock = clock;
  }

  /** Counters in memory. */
  get size(): number {
    return this.#counters.size;
  }

  read(ids: readonly string[]): (number | undefined)[] {
    this.#checkOpen();
    return ids.map((id) => {
      const counter = this.#use(id);
      return counter && totalOf(counter);
    });
  }

  seed(origins: readonly CounterOrigin[]): number[] {
    this.#checkOpen();
    return origins.map(({ id, total, number }) => {
      const known = this.#use(id);
      if (known !== undefined) return totalOf(known);
      if (!this.#hasRoom()) return total;
      const usedAtMs = this.#clock.now();
      this.#counters.set(id, {
        base: total,
        pending: 0,
        inFlight: undefined,
        number,
        readyAtMs: 0,
        usedAtMs,
      });
      return total;
    });
  }

  add(id: string, by: number, rule: FlushRule, operation: string | undefined): CounterState | undefined {
    this.#checkOpen();
    const counter = this.#use(id);
    if (counter === undefined) return undefined;
    const isDue = (): boolean => counter.inFlight === undefined && counter.pending >= rule.every;
    if (operation !== undefined && !this.#isFirst(operation)) {
      return { total: totalOf(counter), isDue: isDue() };
    }
    if (!Number.isSafeInteger(totalOf(counter) + by)) {
      if (operation !== undefined) this.#operations.delete(operation);
      throw new CacheError('ERR_COUNTER', 'increment: the total would leave the safe range');
    }
    counter.pending += by;
    if (counter.inFlight === undefined) this.#await(id, counter, rule);
    return { total: totalOf(counter), isDue: isDue() };
  }

  take({ limit, leaseMs, isForced }: TakeOptions): CounterBatch[] {
    this.#checkOpen();
    const nowMs = this.#clock.now();
    const taken = this.#first(this.#inFlight, limit, nowMs);
    const left = (): number => limit - taken.length;
    const fresh = this.#first(this.#due, left(), Infinity);
    fresh.push(...this.#first(this.#waiting, left() - fresh.length, isForced ? Infinity : nowMs));
    for (const [id, counter] of fresh) {
      this.#due.delete(id);
      this.#waiting.delete(id);
      counter.inFlight = counter.pending;
      counter.pending = 0;
      // As on a server: no number comes again, though what was known of the last one is lost.
      counter.number = Math.max(counter.number + 1, Math.floor(this.#clock.wallNow() * 1_000));
    }
    taken.push(...fresh);
    return taken.map(([id, counter]) => {
      counter.readyAtMs = nowMs + leaseMs;
      this.#inFlight.delete(id);
      this.#inFlight.add(id);
      return { id, number: counter.number, amount: counter.inFlight ?? 0 };
    });
  }

  settle(batches: readonly SettledBatch[], rule: FlushRule): void {
    this.#checkOpen();
    for (const { id, number, total = 0 } of batches) {
      const counter = this.#counters.get(id);
      if (counter?.inFlight === undefined || counter.number !== number) continue;
      counter.base = Math.max(counter.base + counter.inFlight, total);
      counter.inFlight = undefined;
      this.#inFlight.delete(id);
      if (counter.pending > 0) this.#await(id, counter, rule);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const held of [this.#counters, this.#due, this.#waiting, this.#inFlight, this.#operations]) {
      held.clear();
    }
  }

  #await(id: string, counter: Counted, { every, afterMs }: FlushRule): void {
    if (counter.pending >= every) {
      this.#waiting.delete(id);
      this.#due.add(id);
    } else if (!this.#waiting.has(id)) {
      counter.readyAtMs = this.#clock.now() + afterMs;
      this.#waiting.add(id);
    }
  }

  /** The first of them, up to one that is not ready: they lie in the order in which they become so. */
  #first(ids: ReadonlySet<string>, limit: number, untilMs: number): [string, Counted][] {
    const found: [string, Counted][] = [];
    for (const id of ids) {
      const counter = this.#counters.get(id);
      if (found.length >= limit || counter === undefined || counter.readyAtMs > untilMs) break;
      found.push([id, counter]);
    }
    return found;
  }

  #use(id: string): Counted | undefined {
    const counter = this.#counters.get(id);
    if (counter === undefined) return undefined;
    counter.usedAtMs = this.#clock.now();
    this.#counters.delete(id);
    this.#counters.set(id, counter);
    return counter;
  }

  #hasRoom(): boolean {
    if (this.#counters.size < this.#maxCounters) return true;
    const idleSinceMs = this.#clock.now() - IDLE_MS;
    for (const [id, counter] of this.#counters) {
      if (counter.usedAtMs > idleSinceMs) break;
      if (counter.pending > 0 || counter.inFlight !== undefined) continue;
      this.#counters.delete(id);
      return true;
    }
    return false;
  }

  #isFirst(operation: string): boolean {
    const nowMs = this.#clock.now();
    for (const [old, untilMs] of this.#operations) {
      if (untilMs > nowMs && this.#operations.size < MAX_OPERATIONS) break;
      this.#operations.delete(old);
    }
    if (this.#operations.has(operation)) return false;
    this.#operations.set(operation, nowMs + OPERATION_MS);
    return true;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new CacheError('ERR_CLOSED', 'this counter store is closed');
  }
}

const totalOf = ({ base, inFlight = 0, pending }: Counted): number => base + inFlight + pending;
