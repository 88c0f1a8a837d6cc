/*
 * Counts in this process while flushers in others are killed, some of them after a stop that is longer than their lease.
 * In the end the database must have what was counted, and on the way no total may have fallen.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isCacheError } from '@keepsake/core';
import type { Child, Program } from '@keepsake/tooling/children';
import { Redis } from 'ioredis';
import { randomOf } from '../../counters/random.ts';
import { naiveKey } from './naive-counters.ts';
import { PostgresTable } from './postgres-table.ts';
import { FLUSH, FLUSH_RULE, IDS, isNaive, openFlusher, openStore } from './subjects.ts';
import { Totals } from './totals.ts';

export const KILL_MUTANTS: readonly string[] = ['get-update-decrby', 'no-number-check', 'settles-first'];

export interface KillsOptions {
  readonly subject: string;
  readonly seed: number;
  readonly kills: number;
  readonly flusher: Program;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** The same with latency: flushers use this one. */
  readonly slowDatabaseUrl: string;
  readonly onProgress: (done: number) => void;
}

export interface KillsResult {
  readonly kills: number;
  readonly violations: readonly string[];
  readonly worst: Readonly<Record<string, number>>;
}

/** Flushers that run beside each other. */
const FLUSHERS = 2;
const MAX_LIFE_MS = 150;
const STOPPED_SHARE = 0.25;
/** A flusher's batches are taken over after it. */
const LEASE_MS = FLUSH.sinkTimeout * 2_000;
const LAST_FLUSH_MS = 30_000;

export const runKills = async (options: KillsOptions): Promise<KillsResult> => {
  const { subject, redisUrl, databaseUrl } = options;
  const prefix = `kills:${randomUUID()}:`;
  const bases = new Map(IDS.map((id, at) => [id, at * 1_000]));
  const table = new PostgresTable(databaseUrl);
  await table.connect();
  await table.create(bases);
  const totals = new Totals(bases);
  const counting = await startCounting(subject, redisUrl, prefix, totals);
  let kills = 0;
  try {
    const random = randomOf(options.seed);
    const slots = Array.from({ length: FLUSHERS }, async () => {
      while (kills < options.kills) {
        kills += 1;
        await liveAndDie(options, prefix, random);
        options.onProgress(kills);
      }
    });
    await Promise.all(slots);
  } finally {
    await counting.stop();
  }
  const expected = totals.counted();
  const stored = await flushTheRest(subject, redisUrl, prefix, table, expected);
  const repeats = await table.repeats();
  await table.close();
  const { violations, lost, doubled } = totals.compare(stored);
  return {
    kills,
    violations,
    worst: {
      increments: totals.increments,
      reads: totals.reads,
      'batches that came again': repeats,
      lost,
      doubled,
    },
  };
};

const liveAndDie = async (
  { subject, flusher, redisUrl, slowDatabaseUrl }: KillsOptions,
  prefix: string,
  random: () => number,
): Promise<void> => {
  const child: Child = flusher.start(subject, redisUrl, slowDatabaseUrl, prefix);
  await child.line();
  await delay(random() * MAX_LIFE_MS);
  if (random() < STOPPED_SHARE) {
    child.process.kill('SIGSTOP');
    await delay(LEASE_MS * (1 + random()));
    child.process.kill('SIGCONT');
    await delay(random() * MAX_LIFE_MS);
  }
  child.process.kill('SIGKILL');
  await child.ended;
};

/** Counts and reads, one after the other and side by side, until it is stopped. */
const startCounting = async (
  subject: string,
  redisUrl: string,
  prefix: string,
  totals: Totals,
): Promise<{ stop(): Promise<void> }> => {
  let isOver = false;
  const client = new Redis(redisUrl);
  const store = openStore(redisUrl, prefix);
  if (!isNaive(subject)) {
    await store.seed([...totals.counted()].map(([id, total]) => ({ id, total, number: 0 })));
  }
  const count = async (): Promise<void> => {
    for (let at = 0; !isOver; at += 1) {
      const id = IDS[at % IDS.length] ?? '';
      const by = 1 + (at % 3);
      if (isNaive(subject)) {
        await client.incrby(naiveKey(prefix, id), by);
        totals.add(id, by);
      } else {
        const operation = randomUUID();
        await totals.watch(id, by, () =>
          untilAnswered(async () => (await store.add(id, by, FLUSH_RULE, operation))?.total),
        );
      }
      await delay(1);
    }
  };
  const look = async (): Promise<void> => {
    while (!isOver && !isNaive(subject)) {
      for (const id of IDS)
        await totals.watch(id, 0, () => untilAnswered(async () => (await store.read([id]))[0]));
      await delay(1);
    }
  };
  const work = Promise.all([count(), count(), look()]);
  return {
    stop: async () => {
      isOver = true;
      await work.finally(() => {
        client.disconnect();
        return store.close();
      });
    },
  };
};

/** A busy machine may lose a connection, and an answer with it. @throws where the store does not know the counter. */
const untilAnswered = async (ask: () => Promise<number | undefined>): Promise<number> => {
  for (;;) {
    try {
      const total = await ask();
      if (total === undefined) throw new Error('a counter is not known any more');
      return total;
    } catch (error) {
      if (!isCacheError(error)) throw error;
      await delay(50);
    }
  }
};

/** One more flusher, which is let live, until the database has what is expected, or time is up. */
const flushTheRest = async (
  subject: string,
  redisUrl: string,
  prefix: string,
  table: PostgresTable,
  expected: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> => {
  const flusher = openFlusher(subject, redisUrl, prefix, table);
  const until = performance.now() + (subject === 'ours' ? LAST_FLUSH_MS : LEASE_MS * 4);
  const look = async (): Promise<Map<string, number>> =>
    new Map((await table.load(IDS)).map(({ id, total }) => [id, total]));
  let stored = await look();
  while (performance.now() < until && IDS.some((id) => stored.get(id) !== expected.get(id))) {
    await passing(flusher.flush());
    await delay(20);
    stored = await look();
  }
  await passing(flusher.close());
  return look();
};

/** What failed is tried again, or shows in the totals. */
const passing = async (work: Promise<void>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!isCacheError(error)) throw error;
  }
};
