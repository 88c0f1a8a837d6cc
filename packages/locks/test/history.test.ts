import { describe, expect, it } from 'vitest';
import { runForReal } from './long/history/real-run.ts';
import { simulate, type SimulationRun } from './long/history/simulation.ts';
import { LOCK_MUTANTS } from './long/history/subjects.ts';

const SEED = 20_261_128;

const simulated = (subject: string, schedules: number): Promise<SimulationRun> =>
  simulate({ subject, seed: SEED, schedules, onProgress: () => undefined });

describe('locks of three processes on a simulated network', { timeout: 120_000 }, () => {
  it('are held once at a time, lose no update and leave nothing behind in any schedule', async () => {
    const run = await simulated('ours', 1_000);
    expect(run).toMatchObject({ schedules: 1_000, violations: [] });
    expect(run.leases).toBeGreaterThan(5_000);
    expect(run.checks).toBeGreaterThan(run.leases);
    expect(run.writes).toBeGreaterThan(run.leases);
  });

  it.each(['naive', ...LOCK_MUTANTS])('are found out where they are %s', async (subject) => {
    const { violations } = await simulated(subject, 3_000);
    expect(violations.length).toBeGreaterThan(0);
  });
});

describe('locks of real processes on a real server, both stopped at random', { timeout: 120_000 }, () => {
  it('are held once at a time, and behind a guard no update is lost', async () => {
    const run = await runForReal({ subject: 'ours', seed: SEED, seconds: 8, processes: 4 });
    expect(run.violations).toEqual([]);
    expect(run.leases).toBeGreaterThan(10);
    expect(run.writes).toBeGreaterThan(5);
    expect(run.faults.size).toBeGreaterThan(0);
  });

  it('are found out where they are naive', async () => {
    const { violations } = await runForReal({ subject: 'naive', seed: SEED, seconds: 6, processes: 4 });
    expect(violations.length).toBeGreaterThan(0);
  });
});
