/** The cache against its reference model: random commands, compared and checked after each. */
import { runModel } from '../model/run-model.ts';
import { MODEL_MUTANTS } from '../model/subjects.ts';
import type { LongTest } from '@keepsake/tooling/long-test';

export const longTest: LongTest = {
  unit: 'steps',
  count: 100_000,
  mutantCount: 20_000,
  mutants: MODEL_MUTANTS,
  run: async ({ subject, seed, count, onProgress }) => {
    const isOurs = subject === 'ours';
    const { steps, failure } = await runModel({ subject, seed, steps: count, shrink: isOurs, onProgress });
    return { count: steps, violations: failure === undefined ? [] : [failure] };
  },
};
