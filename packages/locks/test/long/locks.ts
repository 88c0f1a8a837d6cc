/**
 * Locks as a history of several processes: random schedules on virtual time, then real processes on a real server,
 * which are stopped at random, as is the server, behind fault proxies. For every 400 schedules there is a second of
 * the real thing, and for each of them two releases against renewals under way.
 */
import type { LongRun, LongRunOptions, LongTest } from '@keepsake/tooling/long-test';
import { runForReal } from './history/real-run.ts';
import { raceReleases } from './history/release-races.ts';
import { simulate } from './history/simulation.ts';
import { LOCK_MUTANTS } from './history/subjects.ts';

const SCHEDULES_A_SECOND = 400;
const RELEASES_A_SCHEDULE = 2;
const PROCESSES = 6;

const run = async ({ subject, seed, count, onProgress }: LongRunOptions): Promise<LongRun> => {
  const { violations, ...simulated } = await simulate({ subject, seed, schedules: count, onProgress });
  const { schedules, ...worst } = simulated;
  // What a single thing lacks is seen on virtual time, where each order of events comes up.
  if (subject !== 'ours') return { count: schedules, violations, worst };
  const races = await raceReleases(RELEASES_A_SCHEDULE * count, seed);
  const seconds = Math.ceil(count / SCHEDULES_A_SECOND);
  const real = await runForReal({ subject, seed, seconds, processes: PROCESSES });
  console.error(`  faults: ${[...real.faults].map(([name, times]) => `${name} ${times}`).join(', ')}`);
  return {
    count: schedules,
    violations: [...violations, ...races.violations, ...real.violations],
    worst: {
      ...worst,
      releases: races.releases,
      releasesAfterRenewal: races.before,
      releasesBeforeRenewal: races.after,
      realSeconds: seconds,
      realFaults: [...real.faults.values()].reduce((sum, times) => sum + times, 0),
      realLeases: real.leases,
      realChecks: real.checks,
      realWrites: real.writes,
      realFailures: real.failures,
      // A process was stopped between the check and the write; the guarded register lost none.
      realLostUnguarded: real.lostUnguarded,
    },
  };
};

/** What `pnpm test:long locks` runs. */
export const longTest: LongTest = {
  unit: 'schedules',
  count: 50_000,
  mutantCount: 5_000,
  mutants: LOCK_MUTANTS,
  run,
};
