/**
 * What the curve costs a cache that it is the sampler of. Where a cache lies in memory makes it a percent or two
 * faster or slower than its twin, as much as what is measured: so caches are made anew, block after block, in an
 * order that turns, and all blocks count. Rounds are short, so that what else runs falls on all alike.
 */
import { type Cache, createCache } from '@keepsake/core';
import { type MissRatioCurve, missRatioCurve } from '@keepsake/core/curve';
import { measure, type Row, type Settings, type Subject } from './report.ts';
import { zipf } from './traces.ts';

const METRIC = 'getOrSet, zipf 1.0';
const BLOCKS = 6;
const WARM_UP = 400;
const CALLS = 500;
const PLAIN = 'without a sampler';
const TWIN = 'without a sampler, again';
const SAMPLED = 'with the curve as sampler';

export interface Cost {
  readonly rows: readonly Row[];
  /** With the curve, to the mean of both without. */
  readonly ratio: number;
  /** One without to the other. */
  readonly noise: number;
  readonly sampled: number;
}

export const measureCost = async (keys: number, settings: Settings): Promise<Cost> => {
  const requests = zipf(keys, 1, 500_000, 14);
  const names = Array.from({ length: keys }, (_, key) => `user:${key}:profile`);
  const calling = (cache: Cache): (() => Promise<number>) => {
    let next = 0;
    return async () => {
      const before = process.hrtime.bigint();
      for (let i = 0; i < CALLS; i += 1) {
        const name = names[requests[next] as number] as string;
        next = (next + 1) % requests.length;
        await cache.getOrSet(name, () => name);
      }
      return Number(process.hrtime.bigint() - before) / CALLS;
    };
  };
  const subjectOf = (name: string, sampler?: MissRatioCurve): Subject<typeof METRIC> => {
    const cache = createCache({ l1: { maxEntries: keys / 10, ...(sampler && { sampler }) } });
    return { name, version: '', run: { [METRIC]: calling(cache) } };
  };
  const rows: Row[] = [];
  let sampled = 0;
  for (let block = 0; block < BLOCKS; block += 1) {
    const curve = missRatioCurve();
    const makers = [() => subjectOf(PLAIN), () => subjectOf(SAMPLED, curve), () => subjectOf(TWIN)];
    const turned = [...makers.slice(block % 3), ...makers.slice(0, block % 3)];
    const subjects = turned.map((make) => make());
    // Fills the caches, and lets the threshold fall to where it stays.
    for (let round = 0; round < WARM_UP; round += 1) {
      for (const { run } of subjects) await run[METRIC]?.();
    }
    rows.push(...(await measure(subjects, { [METRIC]: 'ns' }, PLAIN, settings)));
    sampled = curve.sampled;
    if (sampled === 0) throw new Error('the cache does not feed its sampler: there is no cost to measure');
  }
  const meanOf = (name: string): number =>
    rows.filter(({ subject }) => subject === name).reduce((sum, { median }) => sum + median, 0) / BLOCKS;
  return {
    rows: [PLAIN, TWIN, SAMPLED].map((subject) => summed(rows, subject, meanOf(subject), meanOf(PLAIN))),
    ratio: meanOf(SAMPLED) / ((meanOf(PLAIN) + meanOf(TWIN)) / 2),
    noise: meanOf(TWIN) / meanOf(PLAIN),
    sampled,
  };
};

/** One row for all blocks: the mean of their medians. */
const summed = (rows: readonly Row[], subject: string, mean: number, reference: number): Row => {
  const own = rows.filter((row) => row.subject === subject);
  return {
    subject,
    version: '',
    metric: METRIC,
    unit: 'ns',
    median: mean,
    min: Math.min(...own.map(({ min }) => min)),
    max: Math.max(...own.map(({ max }) => max)),
    ratioTo: PLAIN,
    ratio: mean / reference,
  };
};
