import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureBaseline, RATES } from './long/coherence/baseline.ts';
import { runForReal } from './long/coherence/real-run.ts';
import { simulate, type SimulationRun } from './long/coherence/simulation.ts';
import { COHERENCE_MUTANTS } from './long/coherence/subjects.ts';

const SEED = 20_260_801;

const simulated = (subject: string, schedules: number): Promise<SimulationRun> =>
  simulate({ subject, seed: SEED, schedules, keepsHistory: false, onProgress: () => undefined });

describe('three processes on a simulated network', { timeout: 120_000 }, () => {
  it('read nothing beyond the bound in any schedule, and L1 is used', async () => {
    const run = await simulated('ours', 400);
    expect(run).toMatchObject({ schedules: 400, violations: [] });
    expect(run.acknowledged).toBeGreaterThan(1_000);
    expect(run.hits).toBeGreaterThan(run.reads / 2);
    expect(run.worstStalenessMs).toBeGreaterThan(100); // there was something to be wrong about
  });

  it.each(['naive', ...COHERENCE_MUTANTS])('are found out where they are %s', async (subject) => {
    const { violations } = await simulated(subject, 6_000);
    expect(violations.length).toBeGreaterThan(0);
  });
});

describe('three caches on a real server behind fault proxies', () => {
  it('read nothing beyond the bound, and nothing old when all is over', { timeout: 120_000 }, async () => {
    const options = {
      subject: 'ours',
      seed: SEED,
      reads: 4_000,
      stalenessMs: 500,
      onProgress: () => undefined,
    };
    const { violations, reads, hits, l1HitRate, faults, historyPath } = await runForReal(options);
    rmSync(dirname(historyPath), { recursive: true });
    expect(violations).toEqual([]);
    expect(reads).toBeGreaterThan(4_000);
    expect(hits).toBeGreaterThan(reads / 2);
    expect(l1HitRate).toBeGreaterThan(0.1);
    expect(faults.size).toBeGreaterThan(0);
  });
});

describe('a bus beside none, on virtual time', { timeout: 60_000 }, () => {
  it('keeps the bound either way, and answers more from memory the rarer a key is read', async () => {
    const rows = await Promise.all(
      RATES.map(async (rate) => ({
        without: await measureBaseline('no bus', rate, 1_000, SEED),
        withBus: await measureBaseline('bus', rate, 1_000, SEED),
      })),
    );
    for (const { without, withBus } of rows) {
      expect([without.violations, withBus.violations]).toEqual([0, 0]);
      expect(withBus.l1HitRate).toBeGreaterThan(without.l1HitRate);
    }
    expect(rows[0]?.without.l1HitRate).toBeLessThan(0.2);
    expect(rows[0]?.withBus.l1HitRate).toBeGreaterThan(0.4);
    expect(rows.at(-1)?.without.l1HitRate).toBeGreaterThan(0.9);
  });
});
