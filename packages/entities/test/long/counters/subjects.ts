/* What flushes: ours, ours with a flaw, and the two patterns that are common. */
import type { CounterStore, FlushRule } from '@keepsake/core';
import { createCounters, type Counters, type CounterSink } from '@keepsake/entities';
import { RedisCounterStore } from '@keepsake/entities/redis';
import { Redis } from 'ioredis';
import { flushNaively, naiveKey, type NaivePattern } from './naive-counters.ts';
import type { PostgresTable } from './postgres-table.ts';

export const IDS: readonly string[] = Array.from({ length: 8 }, (_, at) => `c${at}`);

/** Shorter than by default, so that much happens between two kills. */
export const FLUSH: Readonly<Record<'flushEvery' | 'flushInterval' | 'sinkTimeout', number>> = {
  flushEvery: 10,
  flushInterval: 0.02,
  sinkTimeout: 0.15,
};
export const FLUSH_RULE: FlushRule = {
  every: FLUSH.flushEvery,
  afterMs: FLUSH.flushInterval * 1_000,
};

export const isNaive = (subject: string): subject is NaivePattern =>
  subject === 'naive' || subject === 'get-update-decrby';

export const openStore = (url: string, prefix: string): RedisCounterStore =>
  new RedisCounterStore({ url, prefix, commandTimeout: 5 });

/** What a flusher does for as long as it lives. */
export const openFlusher = (
  subject: string,
  url: string,
  prefix: string,
  table: PostgresTable,
): Pick<Counters, 'flush' | 'close'> => {
  if (isNaive(subject)) return openNaive(subject, url, prefix, table);
  const store = openStore(url, prefix);
  return createCounters({
    store: subject === 'settles-first' ? settlingFirst(store) : store,
    sink: subject === 'no-number-check' ? withoutNumberCheck(table) : table,
    ...FLUSH,
    onFailure: () => undefined,
  });
};

const openNaive = (
  pattern: NaivePattern,
  url: string,
  prefix: string,
  table: PostgresTable,
): Pick<Counters, 'flush' | 'close'> => {
  const client = new Redis(url);
  const keys = new Map(IDS.map((id) => [id, naiveKey(prefix, id)]));
  const flush = (): Promise<void> => flushNaively(pattern, client, table, keys);
  let flushing = Promise.resolve();
  const timer = setInterval(() => {
    flushing = flushing.then(flush);
  }, FLUSH_RULE.afterMs);
  return {
    flush,
    close: async () => {
      clearInterval(timer);
      await flushing;
      client.disconnect();
    },
  };
};

/** Adds each batch that it is brought. */
const withoutNumberCheck = (table: PostgresTable): CounterSink => ({
  load: (ids) => table.load(ids),
  apply: async (batches) => {
    for (const { id, amount } of batches) await table.add(id, amount);
    return table.load(batches.map(({ id }) => id));
  },
});

/** Drops a batch as it takes it, before it is in the database. */
const settlingFirst = (store: RedisCounterStore): CounterStore => ({
  name: 'settles-first',
  read: (ids) => store.read(ids),
  seed: (origins) => store.seed(origins),
  add: (id, by, rule, operation) => store.add(id, by, rule, operation),
  take: async (options) => {
    const batches = await store.take(options);
    await store.settle(batches, FLUSH_RULE);
    return batches;
  },
  settle: () => undefined,
  close: () => store.close(),
});
