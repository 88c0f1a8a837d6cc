/** Every check, in the order in which a reader wants to hear of a failure. */
import { runSteps, type StepResult } from '../stage.ts';
import { browserSteps } from './browser.ts';
import { checkPackaging } from './packaging.ts';
import { sizeSteps } from './size.ts';
import { sourceSteps } from './sources.ts';
import { typecheckSteps } from './typecheck.ts';

/** The packages must have been built. */
export async function runChecks(): Promise<StepResult[]> {
  const sources = await runSteps([...sourceSteps(), ...typecheckSteps()], 2);
  const sizes = await runSteps([...sizeSteps(), ...browserSteps()], 1);
  return [...sources, ...sizes, ...(await checkPackaging())];
}
