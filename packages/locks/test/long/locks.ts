/** Locks as a history of several processes: random schedules on virtual time. */
import type { LongRun, LongRunOptions, LongTest } from '@keepsake/tooling/long-test';
import { simulate } from './history/simulation.ts';
import { LOCK_MUTANTS } from './history/subjects.ts';

const run = async ({ subject, seed, count, onProgress }: LongRunOptions): Promise<LongRun> => {
  const { violations, schedules, leases, checks, writes } = await simulate({
    subject,
    seed,
    schedules: count,
    onProgress,
  });
  return { count: schedules, violations, worst: { leases, checks, writes } };
};

/** What `pnpm test:long locks` runs. */
export const longTest: LongTest = {
  unit: 'schedules',
  count: 50_000,
  mutantCount: 5_000,
  mutants: LOCK_MUTANTS,
  run,
};
