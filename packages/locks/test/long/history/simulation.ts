import { checkLockHistory } from '@keepsake/tooling/lock-history';
import { runSchedule } from './run-schedule.ts';
import { subjectNamed } from './subjects.ts';

/** Worlds that share the turns of the event loop. */
const AT_ONCE = 25;

export interface SimulationOptions {
  readonly subject: string;
  readonly seed: number;
  readonly schedules: number;
  readonly onProgress: (done: number) => void;
}

export interface SimulationRun {
  readonly schedules: number;
  readonly leases: number;
  readonly checks: number;
  readonly writes: number;
  readonly violations: readonly string[];
}

/** Random schedules, each of its own seed, until one is at fault. */
export const simulate = async (options: SimulationOptions): Promise<SimulationRun> => {
  const { subject, seed, schedules, onProgress } = options;
  const total = { leases: 0, checks: 0, writes: 0 };
  const violations: string[] = [];
  let done = 0;
  while (done < schedules && violations.length === 0) {
    const seeds = Array.from(
      { length: Math.min(AT_ONCE, schedules - done) },
      (_, i) => seed * 10_000_019 + done + i,
    );
    const histories = await Promise.all(seeds.map((one) => runSchedule(subjectNamed(subject), one)));
    for (const [i, history] of histories.entries()) {
      const verdict = checkLockHistory(history, { judgesUnguarded: true });
      total.leases += verdict.leases;
      total.checks += verdict.checks;
      total.writes += verdict.writes;
      violations.push(...verdict.violations.map((violation) => `${violation} (schedule ${seeds[i]})`));
    }
    done += seeds.length;
    onProgress(done);
  }
  return { ...total, schedules: done, violations };
};
