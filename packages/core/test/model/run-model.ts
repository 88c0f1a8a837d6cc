/** Runs random commands against the model and a subject, until so many steps were done or one differs. */
import fc, { type Arbitrary } from 'fast-check';
import { loadSteps } from './load-steps.ts';
import { plainSteps } from './plain-steps.ts';
import { ReferenceCache } from './reference-cache.ts';
import type { Step } from './step.ts';
import { createSubject } from './subjects.ts';
import type { World } from './world.ts';

const RUNS_AT_ONCE = 20;
const COMMANDS = 120;

export interface ModelRun {
  readonly steps: number;
  /** The shortest run of commands that was found to differ, and how; undefined: none. */
  readonly failure: string | undefined;
}

/** fc.commands takes no weights: an arbitrary that is to come more often is there more often. */
const commands: Arbitrary<Step>[] = [...plainSteps, ...loadSteps].flatMap(([weight, step]) =>
  Array.from({ length: weight }, () => step),
);

export const runModel = async (options: {
  subject: string;
  seed: number;
  steps: number;
  /** Whether a run that fails is tried shorter and shorter. */
  shrink?: boolean;
  onProgress?: (steps: number) => void;
}): Promise<ModelRun> => {
  let steps = 0;
  const onStep = (): void => {
    steps += 1;
  };
  const property = fc.asyncProperty(
    fc.commands(commands, { maxCommands: COMMANDS, size: 'max' }),
    async (run) => {
      await fc.asyncModelRun(() => {
        const { cache, clock, backend } = createSubject(options.subject);
        const caches = { '': cache, 'c:': cache.namespace('c') };
        const model = new ReferenceCache(() => clock.now());
        const real: World = { clock, backend, caches, onStep };
        return { model, real };
      }, run);
    },
  );
  for (let seed = options.seed; steps < options.steps; seed += 1) {
    const details = await fc.check(property, {
      seed,
      numRuns: RUNS_AT_ONCE,
      endOnFailure: options.shrink !== true,
    });
    if (details.failed) {
      const reason = details.errorInstance instanceof Error ? details.errorInstance.message : 'failed';
      const run = details.counterexample ? fc.stringify(details.counterexample[0]) : '';
      return {
        steps,
        failure: `seed ${seed}, path ${String(details.counterexamplePath)}\n${run}\n${reason}`,
      };
    }
    options.onProgress?.(steps);
  }
  return { steps, failure: undefined };
};
