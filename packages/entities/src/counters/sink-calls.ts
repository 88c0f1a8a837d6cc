import { CacheError, type Clock, type CounterBatch, type CounterOrigin } from '@keepsake/core';
import { checkId } from '../id.ts';
import { within } from '../within.ts';
import type { CounterSink, SinkContext, SinkTotal } from './counter-sink.ts';

/** A sink whose every call settles in time, and whose answers are numbers that can be counted with. */
export class SinkCalls {
  readonly #sink: CounterSink;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  /** Counters that are being loaded: who asks meanwhile gets the same answer. */
  readonly #loads = new Map<string, Promise<ReadonlyMap<string, CounterOrigin>>>();

  constructor(sink: CounterSink, clock: Clock, timeoutMs: number) {
    this.#sink = sink;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** In the order of the ids. */
  async load(ids: readonly string[]): Promise<CounterOrigin[]> {
    const missing = ids.filter((id) => !this.#loads.has(id));
    if (missing.length > 0) this.#begin(missing);
    return Promise.all(
      ids.map(async (id) => (await this.#loads.get(id))?.get(id) ?? { id, total: 0, number: 0 }),
    );
  }

  async apply(batches: readonly CounterBatch[]): Promise<ReadonlyMap<string, SinkTotal>> {
    return byId(await this.#within('apply', (context) => this.#sink.apply(batches, context)));
  }

  #begin(ids: readonly string[]): void {
    const load = this.#within('load', (context) => this.#sink.load(ids, context)).then((origins) =>
      byId(origins),
    );
    for (const id of ids) this.#loads.set(id, load);
    const landed = (): void => {
      for (const id of ids) this.#loads.delete(id);
    };
    load.then(landed, landed);
  }

  #within<T>(call: string, work: (context: SinkContext) => Promise<T>): Promise<T> {
    return within(this.#clock, this.#timeoutMs, `sink ${call}`, (signal) => work({ signal }));
  }
}

/** @throws CacheError ERR_COUNTER for a total or number that is no whole number from 0 to 2^53-1. */
const byId = <T extends SinkTotal>(found: Iterable<T>): ReadonlyMap<string, T> => {
  const all = new Map<string, T>();
  for (const one of found) {
    const { total, number = 0 } = one as SinkTotal & Partial<CounterOrigin>;
    if (![total, number].every((count) => Number.isSafeInteger(count) && count >= 0)) {
      throw new CacheError(
        'ERR_COUNTER',
        'sink: expected totals and numbers that are whole and not negative',
      );
    }
    // A database may give numbers for ids; not found by its text, a total would count as 0.
    const id = String(checkId(one.id));
    all.set(id, { ...one, id });
  }
  return all;
};
