/**
 * The bound on staleness of two tiers with a bus: random schedules on virtual time, then a real server behind fault
 * proxies. `ours` also gives what a bus is worth beside none. For every ten reads there is one schedule.
 */
import type { LongRun, LongRunOptions, LongTest } from '@keepsake/tooling/long-test';
import { measureBaseline, RATES, type Setting } from './coherence/baseline.ts';
import { type RealRun, runForReal } from './coherence/real-run.ts';
import { simulate } from './coherence/simulation.ts';
import { COHERENCE_MUTANTS } from './coherence/subjects.ts';

const READS_A_SCHEDULE = 10;
const STALENESS_MS = 500;
const BASELINE_READS = 30_000;
const SETTINGS: readonly Setting[] = ['no bus', 'bus', 'lossy bus'];

const run = async ({ subject, seed, count, onProgress }: LongRunOptions): Promise<LongRun> => {
  const schedules = Math.ceil(count / READS_A_SCHEDULE);
  const simulated = await simulate({ subject, seed, schedules, keepsHistory: true, onProgress });
  const worst: Record<string, number> = {
    schedules: simulated.schedules,
    simulatedReads: simulated.reads,
    simulatedStalenessMs: simulated.worstStalenessMs,
  };
  // What a single thing lacks is seen on virtual time, where each order of events comes up.
  if (COHERENCE_MUTANTS.includes(subject)) {
    return { count: simulated.reads, violations: simulated.violations, worst };
  }
  const real = await runForReal({ subject, seed, reads: count, stalenessMs: STALENESS_MS, onProgress });
  Object.assign(worst, reportOf(real));
  if (subject === 'ours') Object.assign(worst, await baseline(seed));
  return { count: real.reads, violations: [...simulated.violations, ...real.violations], worst };
};

const reportOf = (real: RealRun): Record<string, number> => {
  const { reads, hits, acknowledged, worstStalenessMs, violations, l1HitRate, seconds, faults } = real;
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  console.error(`  ${total} faults: ${[...faults].map(([name, count]) => `${name} ${count}`).join(', ')}`);
  console.error(`  history: ${real.historyPath}`);
  return {
    realReads: reads,
    realHits: hits,
    realWrites: acknowledged,
    realStalenessMs: worstStalenessMs,
    realBeyondBound: violations.length,
    realL1HitPercent: percent(l1HitRate),
    realFaults: total,
    realSeconds: Math.round(seconds),
  };
};

/** Rows of `L1 hit percent` and `worst staleness in ms`, by setting and reads a second, key and node. */
const baseline = async (seed: number): Promise<Record<string, number>> => {
  const report: Record<string, number> = {};
  for (const setting of SETTINGS) {
    for (const rate of RATES) {
      const row = await measureBaseline(setting, rate, BASELINE_READS, seed);
      report[`${setting}, ${rate}/s: L1 hit percent`] = percent(row.l1HitRate);
      report[`${setting}, ${rate}/s: staleness ms`] = Math.ceil(row.worstStalenessMs);
    }
  }
  return report;
};

const percent = (share: number): number => Math.round(share * 1_000) / 10;

/** What `pnpm test:long coherence` runs. */
export const longTest: LongTest = {
  unit: 'reads',
  count: 1_000_000,
  mutantCount: 60_000,
  mutants: COHERENCE_MUTANTS,
  run,
};
