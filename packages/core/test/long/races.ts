/** Every race of the interleavings, in many orders. */
import { runScenario } from '../interleavings/run-scenario.ts';
import { SCENARIOS } from '../interleavings/scenarios.ts';
import { RACE_MUTANTS } from '../interleavings/subjects.ts';
import type { LongTest } from '@keepsake/tooling/long-test';

/** Schedules of one scenario between two looks at the others. */
const SLICE = 500;

export const longTest: LongTest = {
  unit: 'schedules',
  count: 100_000,
  mutantCount: 8_500,
  mutants: RACE_MUTANTS,
  run: async ({ subject, seed, count, onProgress }) => {
    const violations: string[] = [];
    let done = 0;
    for (let round = 0; done < count; round += 1) {
      for (const scenario of SCENARIOS) {
        const schedules = Math.min(SLICE, count - done);
        if (schedules === 0) break;
        const isOurs = subject === 'ours';
        const run = await runScenario(scenario, { subject, seed: seed + round, schedules, shrink: isOurs });
        done += run.schedules;
        if (run.failure !== undefined) violations.push(run.failure);
        onProgress(done);
      }
      if (violations.length > 0) break;
    }
    return { count: done, violations };
  },
};
