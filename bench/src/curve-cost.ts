/**
 * What the curve costs a cache that it is the sampler of. Where a cache lies in memory makes it a percent or two
 * faster or slower than its twin, as much as what is measured: so caches are made anew, block after block, in an
 * order that turns, and all blocks count. What is measured is the thread's CPU time, which others on the machine do
 * not add to as they do to the time on the wall. The caches take turns of 500 calls, so that the rest falls on all alike,
 * and a round is forty turns, because the curve works its accesses off together: once in some thirty turns here.
 */
import { type Cache, createCache } from '@keepsake/core';
import { type MissRatioCurve, missRatioCurve } from '@keepsake/core/curve';
import { median, type Row, type Settings } from './report.ts';
import { zipf } from './traces.ts';

const METRIC = 'getOrSet, zipf 1.0';
const BLOCKS = 6;
const WARM_UP = 400;
const CALLS = 500;
const TURNS_A_ROUND = 40;
const PLAIN = 'without a sampler';
const TWIN = 'without a sampler, again';
const SAMPLED = 'with the curve as sampler';

interface Subject {
  readonly name: string;
  /** Nanoseconds a call, in one turn. */
  readonly turn: () => Promise<number>;
  readonly rounds: number[];
}

export interface Cost {
  readonly rows: readonly Row[];
  /** With the curve, to the mean of both without. */
  readonly ratio: number;
  /** One without to the other. */
  readonly noise: number;
  readonly sampled: number;
}

export const measureCost = async (keys: number, { rounds }: Settings): Promise<Cost> => {
  const requests = zipf(keys, 1, 500_000, 14);
  const names = Array.from({ length: keys }, (_, key) => `user:${key}:profile`);
  const calling = (cache: Cache): (() => Promise<number>) => {
    let next = 0;
    return async () => {
      const before = process.threadCpuUsage();
      for (let i = 0; i < CALLS; i += 1) {
        const name = names[requests[next] as number] as string;
        next = (next + 1) % requests.length;
        await cache.getOrSet(name, () => name);
      }
      const { user, system } = process.threadCpuUsage(before);
      return ((user + system) * 1_000) / CALLS;
    };
  };
  const subjectOf = (name: string, sampler?: MissRatioCurve): Subject => {
    const cache = createCache({ l1: { maxEntries: keys / 10, ...(sampler && { sampler }) } });
    return { name, turn: calling(cache), rounds: [] };
  };
  const blocks: Subject[] = [];
  let sampled = 0;
  for (let block = 0; block < BLOCKS; block += 1) {
    const curve = missRatioCurve();
    const makers = [() => subjectOf(PLAIN), () => subjectOf(SAMPLED, curve), () => subjectOf(TWIN)];
    const turned = [...makers.slice(block % 3), ...makers.slice(0, block % 3)];
    const subjects = turned.map((make) => make());
    // Fills the caches, and lets the threshold fall to where it stays.
    for (let turn = 0; turn < WARM_UP; turn += 1) for (const subject of subjects) await subject.turn();
    for (let round = 0; round < rounds; round += 1) await measureRound(subjects);
    blocks.push(...subjects);
    process.stderr.write(`\rblock ${block + 1} of ${BLOCKS} `);
    sampled = curve.sampled;
    if (sampled === 0) throw new Error('the cache does not feed its sampler: there is no cost to measure');
  }
  process.stderr.write('\n');
  const of = (name: string): Subject[] => blocks.filter((subject) => subject.name === name);
  const meanOf = (name: string): number =>
    of(name).reduce((sum, subject) => sum + median(subject.rounds), 0) / BLOCKS;
  return {
    rows: [PLAIN, TWIN, SAMPLED].map((name) => rowOf(of(name), meanOf(name), meanOf(PLAIN))),
    ratio: meanOf(SAMPLED) / ((meanOf(PLAIN) + meanOf(TWIN)) / 2),
    noise: meanOf(TWIN) / meanOf(PLAIN),
    sampled,
  };
};

/** Every subject forty times, in an order that turns by one each time. */
const measureRound = async (subjects: readonly Subject[]): Promise<void> => {
  const sums = new Map<Subject, number>();
  for (let turn = 0; turn < TURNS_A_ROUND; turn += 1) {
    for (let i = 0; i < subjects.length; i += 1) {
      const subject = subjects[(i + turn) % subjects.length] as Subject;
      sums.set(subject, (sums.get(subject) ?? 0) + (await subject.turn()));
    }
  }
  for (const [subject, sum] of sums) subject.rounds.push(sum / TURNS_A_ROUND);
};

/** One row for all blocks: the mean of their medians. */
const rowOf = (own: readonly Subject[], mean: number, reference: number): Row => {
  const rounds = own.flatMap((subject) => subject.rounds);
  return {
    subject: own[0]?.name ?? '',
    version: '',
    metric: METRIC,
    unit: 'ns',
    median: mean,
    min: Math.min(...rounds),
    max: Math.max(...rounds),
    ratioTo: PLAIN,
    ratio: mean / reference,
  };
};
