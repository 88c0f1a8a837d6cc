/** Reads what vitest reports, and holds its skips against the list of those that are allowed. */
import { relative } from 'node:path';
import type { StepResult } from './stage.ts';
import { root } from './workspace.ts';

/** The part of vitest's JSON report that is needed here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

export interface TestOutcome {
  readonly results: readonly StepResult[];
  readonly skipped: number;
}

/** The names in docs/skips.md: each a list item that starts with the test's full name in backticks. */
export function parseSkips(markdown: string): ReadonlySet<string> {
  return new Set([...markdown.matchAll(/^[-*] `([^`]+)`/gm)].map(([, name = '']) => name));
}

/** A skip that is not listed, a file that could not be run and an error outside any test are failures. */
export function readReport(
  report: VitestReport,
  {
    allowedSkips,
    exitCode,
  }: { readonly allowedSkips: ReadonlySet<string>; readonly exitCode: number | null },
): TestOutcome {
  const results: StepResult[] = [];
  let skipped = 0;
  const add = (name: string, isPassed: boolean): void => void results.push({ name, isPassed, ms: 0 });
  for (const file of report.testResults) {
    const path = relative(root, file.name);
    for (const { ancestorTitles, title, status } of file.assertionResults) {
      const name = [...ancestorTitles, title].join(' > ');
      if (status === 'passed') add(name, true);
      else if (status === 'failed') add(`${path} > ${name}`, false);
      else if (allowedSkips.has(name)) skipped++;
      else add(`skipped and not listed in docs/skips.md: \`${name}\``, false);
    }
    const hasFailedTest = file.assertionResults.some(({ status }) => status === 'failed');
    if (file.status === 'failed' && !hasFailedTest) add(`${path} could not be run`, false);
  }
  const isAllPassed = results.every((result) => result.isPassed);
  if (results.length === 0) add('vitest found tests', false);
  else if (exitCode !== 0 && isAllPassed) add('vitest ended without an error outside the tests', false);
  return { results, skipped };
}
