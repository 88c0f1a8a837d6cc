/** The steps of a check: each counts as one test, all run on, and what failed is told at once. */

export interface Step {
  readonly name: string;
  /** Rejects on failure; what it resolves with is shown behind the name. */
  run(): Promise<string | undefined>;
}

export interface StepResult {
  readonly name: string;
  readonly isPassed: boolean;
  readonly ms: number;
}

/** Runs the steps, at most `width` at a time, and prints a line for each as it ends. */
export async function runSteps(steps: readonly Step[], width: number): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const waiting = [...steps];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      results.push(await runStep(step));
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

async function runStep(step: Step): Promise<StepResult> {
  const before = performance.now();
  const elapsed = (): number => Math.round(performance.now() - before);
  try {
    const detail = await step.run();
    const ms = elapsed();
    console.log(`  ✓ ${step.name}${detail === undefined ? '' : `: ${detail}`} (${seconds(ms)})`);
    return { name: step.name, isPassed: true, ms };
  } catch (error) {
    const ms = elapsed();
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`  ✗ ${step.name} (${seconds(ms)})\n${indent(reason)}`);
    return { name: step.name, isPassed: false, ms };
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '      ');
}

/** Prints what failed and the last line of a run; gives the exit code. */
export function summarize(results: readonly StepResult[], skipped = 0): 0 | 1 {
  const failed = results.filter((result) => !result.isPassed);
  if (failed.length > 0) console.log(`\nFailed:\n${failed.map(({ name }) => `  ✗ ${name}`).join('\n')}`);
  console.log(`\n${results.length - failed.length} passed, ${failed.length} failed, ${skipped} skipped`);
  return failed.length === 0 ? 0 : 1;
}
