/**
 * What a bus is worth: the share of reads that memory answers, and the worst staleness, with one and without, on
 * virtual time. Without a bus an entry of L1 lives for the bound, counted from before it was read. Every key changes
 * every 10 s. `lossy`: the bus of each process is lost for a tenth of the time.
 */
import { Random } from '@keepsake/tooling/simulation';
import { checkHistory } from './check-history.ts';
import type { HistoryRecord } from './history.ts';
import { SimulatedWorld } from './simulated-world.ts';
import { subjectNamed } from './subjects.ts';
import { Traffic } from './traffic.ts';

export const RATES: readonly number[] = [0.2, 1, 5, 20, 100];

export type Setting = 'no bus' | 'bus' | 'lossy bus';

export interface BaselineRow {
  readonly setting: Setting;
  /** Reads a second, key and node. */
  readonly rate: number;
  readonly l1HitRate: number;
  readonly worstStalenessMs: number;
  readonly violations: number;
}

const KEYS = 10;
const NODES = 3;
const STALENESS_MS = 500;
const WRITE_GAP_MS = 10_000;
const LOST_EVERY_MS = 10_000;
const LOST_MS = 1_000;

/** `reads`: about so many of each rate, and no less than 60 s of them. */
export const measureBaseline = async (
  setting: Setting,
  rate: number,
  reads: number,
  seed: number,
): Promise<BaselineRow> => {
  const random = new Random(seed);
  const world = new SimulatedWorld({
    make: subjectNamed('ours'),
    random,
    nodes: NODES,
    stalenessMs: STALENESS_MS,
    ttlMs: 300_000,
    latencyMs: 1,
    announces: true,
    hasBus: setting !== 'no bus',
  });
  const { loops } = world;
  const records: HistoryRecord[] = [];
  const traffic = new Traffic({
    nodes: world.nodes,
    clocks: world.nodes.map((_, node) => loops.clockOf(node)),
    random,
    keys: Array.from({ length: KEYS }, (_, i) => `k${i}.`),
    history: { add: (record) => void records.push(record) },
    readers: 1,
    readGapMs: 1_000 / (rate * KEYS),
    writeGapMs: WRITE_GAP_MS,
    loadMs: () => 2,
    reads: ['getOrSet'],
    writes: ['delete'],
  });
  const forMs = Math.max(60_000, (reads / (rate * KEYS * NODES)) * 1_000);
  await loops.runUntil(1_000);
  const ended = traffic.run();
  if (setting === 'lossy bus') loseNowAndThen(world, forMs);
  await loops.runUntil(forMs);
  traffic.end();
  await loops.runUntil(loops.nowMs + WRITE_GAP_MS * 3);
  await ended;
  const stats = await Promise.all(world.nodes.map((node) => node.stats()));
  await world.close();
  const total = stats.reduce((sum, { hits, misses }) => sum + hits + misses, 0);
  const { worstStalenessMs, violations } = checkHistory(records, STALENESS_MS);
  const l1HitRate = stats.reduce((sum, { l1Hits }) => sum + l1Hits, 0) / total;
  return { setting, rate, l1HitRate, worstStalenessMs, violations: violations.length };
};

const loseNowAndThen = ({ loops, lines }: SimulatedWorld, untilMs: number): void => {
  for (const [node, { subscriptions }] of lines.entries()) {
    for (let atMs = (LOST_EVERY_MS / NODES) * (node + 1); atMs < untilMs; atMs += LOST_EVERY_MS) {
      loops.at(atMs, () => {
        for (const connection of subscriptions) connection.cut(0, LOST_MS);
      });
    }
  }
};
