import { describe, expect, it } from 'vitest';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { RACE_MUTANTS } from './subjects.ts';

const SEED = 20_260_801;
const SCHEDULES = 300;

describe.each(SCENARIOS)('$name', (scenario) => {
  it('ends right in every order', { timeout: 120_000 }, async () => {
    const run = await runScenario(scenario, {
      subject: 'ours',
      seed: SEED,
      schedules: SCHEDULES,
      shrink: true,
    });
    expect(run).toEqual({ schedules: SCHEDULES, failure: undefined });
  });

  it('goes wrong for a naive cache, and is seen', async () => {
    const run = await runScenario(scenario, { subject: 'naive', seed: SEED, schedules: SCHEDULES });
    expect(run.failure).toBeDefined();
  });
});

describe('a cache with one thing broken', () => {
  it.each(RACE_MUTANTS)('%s: is seen in one of the races', { timeout: 120_000 }, async (subject) => {
    for (const scenario of SCENARIOS) {
      const run = await runScenario(scenario, { subject, seed: SEED, schedules: SCHEDULES });
      if (run.failure !== undefined) return;
    }
    expect.unreachable(`${subject} passed every race`);
  });
});
