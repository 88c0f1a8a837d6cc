import { systemClock } from '@keepsake/core';
import { startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { Random } from '@keepsake/tooling/simulation';
import { checkHistory, type Verdict } from './check-history.ts';
import { HistoryFile } from './history.ts';
import { breakThings, sleep } from './real-faults.ts';
import { type RealNode, startRealNode } from './real-nodes.ts';
import { subjectNamed } from './subjects.ts';
import { Traffic } from './traffic.ts';

export interface RealOptions {
  readonly subject: string;
  readonly seed: number;
  readonly reads: number;
  readonly stalenessMs: number;
  readonly onProgress: (done: number) => void;
}

export interface RealRun extends Verdict {
  readonly seconds: number;
  /** Share of all reads that memory answered, 0 to 1. */
  readonly l1HitRate: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly historyPath: string;
}

const TTL_MS = 60_000;
const KEYS = 40;
/** About 2,000 reads a second in all, 17 a second and key and node. */
const READERS = 6;
const READ_GAP_MS = 8;
const WRITE_GAP_MS = 2_000;
/** After it every connection is there again, and no breaker is open. */
const RECOVERY_MS = 5_000;

/** Three caches on one real server, each through proxies of its own, while things go wrong. */
export const runForReal = async (options: RealOptions): Promise<RealRun> => {
  const { subject, seed, reads, stalenessMs, onProgress } = options;
  const startedAt = performance.now();
  await using server = await startRedis();
  const admin = new Redis(server.url, { maxRetriesPerRequest: null });
  admin.on('error', () => undefined); // it goes away when the server is replaced, and comes back
  const history = new HistoryFile();
  const random = new Random(seed);
  const make = subjectNamed(subject);
  const ways = [true, false, false];
  const nodes = await Promise.all(
    ways.map((hasOneWay) => startRealNode(server, { make, stalenessMs, ttlMs: TTL_MS, hasOneWay })),
  );
  try {
    const traffic = new Traffic({
      nodes: nodes.map(({ cache }) => cache),
      clocks: nodes.map(() => systemClock),
      random,
      keys: Array.from({ length: KEYS }, (_, i) => `k${i}.`),
      history,
      readers: READERS,
      readGapMs: READ_GAP_MS,
      writeGapMs: WRITE_GAP_MS,
      loadMs: () => random.pick([0, 1, 5, 100]),
    });
    const isEnough = (): boolean => traffic.reads >= reads;
    const ended = traffic.run();
    const broken = breakThings({ server, admin, nodes, random: new Random(seed + 1) }, isEnough);
    while (!isEnough()) {
      await sleep(100);
      onProgress(traffic.reads);
    }
    const faults = await broken;
    traffic.end();
    await ended;
    const l1HitRate = await hitRateOf(nodes);
    await comeToRest(traffic, stalenessMs);
    const seconds = (performance.now() - startedAt) / 1_000;
    return {
      ...checkHistory(history.records, stalenessMs),
      seconds,
      l1HitRate,
      faults,
      historyPath: history.path,
    };
  } finally {
    history.close();
    admin.disconnect();
    await Promise.all(nodes.map((node) => node.close()));
  }
};

/** Nodes read now and then, so that what waits in their journals is carried out; then all is judged. */
const comeToRest = async (traffic: Traffic, stalenessMs: number): Promise<void> => {
  const until = performance.now() + RECOVERY_MS;
  while (performance.now() < until) {
    await sleep(500);
    await traffic.readAll(false);
  }
  await sleep(stalenessMs + 200);
  await traffic.readAll(true);
};

const hitRateOf = async (nodes: readonly RealNode[]): Promise<number> => {
  const stats = await Promise.all(nodes.map(({ cache }) => cache.stats()));
  const total = stats.reduce((sum, { hits, misses }) => sum + hits + misses, 0);
  return stats.reduce((sum, { l1Hits }) => sum + l1Hits, 0) / total;
};
