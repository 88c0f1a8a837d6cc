/** Fault 37: flushers are killed at random, in front of a real PostgreSQL that is 5 ms away. A count is one kill. */
import type { LongTest } from '@keepsake/tooling/long-test';
import { KILL_MUTANTS, runKills } from './counters/run-kills.ts';
import { openSetting } from './counters/setting.ts';

/** What `pnpm test:long counters` runs. */
export const longTest: LongTest = {
  unit: 'kills',
  count: 200,
  mutantCount: 60,
  mutants: KILL_MUTANTS,
  run: async ({ subject, seed, count, onProgress }) => {
    await using setting = await openSetting();
    const options = { ...setting, subject, seed, kills: count, onProgress };
    const { kills, violations, worst } = await runKills(options);
    return { count: kills, violations, worst };
  },
};
