/**
 * What `pnpm test:long <name>` runs: a file `test/long/<name>.ts` of any package that exports one
 * `longTest`. Nothing else is needed to add one.
 */
export interface LongTest {
  /** What is counted: `steps`, `schedules`, `pairs`. */
  readonly unit: string;
  /** How much of it is run where nothing is said. */
  readonly count: number;
  /** How much of it each broken subject is given to be caught in. */
  readonly mutantCount: number;
  /** Broken subjects by name, besides `naive`. */
  readonly mutants: readonly string[];
  run(options: LongRunOptions): Promise<LongRun>;
}

export interface LongRunOptions {
  /** `ours`, `naive` or the name of a mutant. */
  readonly subject: string;
  readonly seed: number;
  readonly count: number;
  readonly onProgress: (done: number) => void;
}

export interface LongRun {
  /** How many were run in fact. */
  readonly count: number;
  /** What was violated, shortly; the first few. */
  readonly violations: readonly string[];
  /** The worst that was measured, where something is: milliseconds, bytes. */
  readonly worst?: number | Readonly<Record<string, number>>;
}
