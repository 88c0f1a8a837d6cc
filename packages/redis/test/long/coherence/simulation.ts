import { checkHistory } from './check-history.ts';
import { HistoryFile, type HistoryRecord } from './history.ts';
import { runSchedule, SIMULATED_STALENESS_MS } from './run-schedule.ts';
import { subjectNamed } from './subjects.ts';

/** Worlds that share the turns of the event loop. */
const AT_ONCE = 25;

export interface SimulationOptions {
  readonly subject: string;
  readonly seed: number;
  readonly schedules: number;
  /** Whether the history of a schedule that is at fault is kept in a file. */
  readonly keepsHistory: boolean;
  readonly onProgress: (done: number) => void;
}

export interface SimulationRun {
  readonly schedules: number;
  readonly reads: number;
  /** Reads that gave a value: a cache that misses everything would not be at fault. */
  readonly hits: number;
  readonly acknowledged: number;
  readonly worstStalenessMs: number;
  readonly violations: readonly string[];
}

/** Random schedules, each of its own seed, until one is at fault. */
export const simulate = async (options: SimulationOptions): Promise<SimulationRun> => {
  const { subject, seed, schedules, keepsHistory, onProgress } = options;
  const make = subjectNamed(subject);
  const total = { reads: 0, hits: 0, acknowledged: 0, worstStalenessMs: 0 };
  const violations: string[] = [];
  let done = 0;
  while (done < schedules && violations.length === 0) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, schedules - done) }, (_, i) =>
      seedOf(seed, done + i),
    );
    const histories = await Promise.all(seeds.map((one) => runSchedule(make, one)));
    for (const [i, history] of histories.entries()) {
      const verdict = checkHistory(history, SIMULATED_STALENESS_MS);
      total.reads += verdict.reads;
      total.hits += verdict.hits;
      total.acknowledged += verdict.acknowledged;
      total.worstStalenessMs = Math.max(total.worstStalenessMs, verdict.worstStalenessMs);
      if (verdict.violations.length === 0) continue;
      const where = `schedule ${seeds[i]}${keepsHistory ? `, ${keep(history)}` : ''}`;
      violations.push(...verdict.violations.map((violation) => `${violation} (${where})`));
    }
    done += seeds.length;
    onProgress(done);
  }
  return { ...total, schedules: done, violations };
};

/** Apart from those of the next seed. */
const seedOf = (seed: number, schedule: number): number => seed * 10_000_019 + schedule;

const keep = (history: readonly HistoryRecord[]): string => {
  const file = new HistoryFile();
  for (const record of history) file.add(record);
  file.close();
  return file.path;
};
