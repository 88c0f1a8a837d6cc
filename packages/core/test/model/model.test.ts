import { describe, expect, it } from 'vitest';
import { runModel } from './run-model.ts';
import { MODEL_MUTANTS } from './subjects.ts';

const SEED = 20_260_801;

describe('the cache against its reference model', () => {
  it('answers 5,000 random commands as the model does', { timeout: 120_000 }, async () => {
    const { steps, failure } = await runModel({ subject: 'ours', seed: SEED, steps: 5_000, shrink: true });
    expect(failure).toBeUndefined();
    expect(steps).toBeGreaterThanOrEqual(5_000);
  });

  it.each(['naive', ...MODEL_MUTANTS])('a cache that is broken (%s) is told from it', async (subject) => {
    expect((await runModel({ subject, seed: SEED, steps: 5_000 })).failure).toBeDefined();
  });
});
