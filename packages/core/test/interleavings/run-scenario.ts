import fc from 'fast-check';
import type { Scenario } from './scenarios.ts';

export interface ScenarioRun {
  readonly schedules: number;
  /** The shortest race found to go wrong, and how; undefined: none. */
  readonly failure: string | undefined;
}

/** Runs so many races of one scenario, or until one goes wrong. */
export const runScenario = async (
  scenario: Scenario,
  options: { subject: string; seed: number; schedules: number; shrink?: boolean },
): Promise<ScenarioRun> => {
  const details = await fc.check(scenario.property(options.subject), {
    seed: options.seed,
    numRuns: options.schedules,
    endOnFailure: options.shrink !== true,
  });
  if (!details.failed) return { schedules: details.numRuns, failure: undefined };
  const reason = details.errorInstance instanceof Error ? details.errorInstance.message : 'failed';
  const where = `${scenario.name}: seed ${options.seed}, path ${String(details.counterexamplePath)}`;
  const found = fc.stringify(details.counterexample);
  return { schedules: details.numRuns, failure: `${where}\n${reason}\n${found}` };
};
