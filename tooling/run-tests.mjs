#!/usr/bin/env node
// pnpm test: builds everything, runs every check and every test, ends with "N passed, N failed, N skipped".
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { offerChrome } from './browser/offer-chrome.ts';
import { buildStep } from './build.ts';
import { runChecks } from './check/all.ts';
import { CommandError, runCommand } from './run-command.ts';
import { runSteps, seconds, summarize } from './stage.ts';
import { parseSkips, readReport } from './test-report.ts';
import { root } from './workspace.ts';

/** @type {import('./stage.ts').StepResult[]} */
const results = [];

/** @template T @param {string} title @param {() => Promise<T>} run @returns {Promise<T>} */
async function stage(title, run) {
  const before = performance.now();
  console.log(`\n${title}`);
  const value = await run();
  console.log(`  ${seconds(performance.now() - before)} in all`);
  return value;
}

// Beside the build: it is mostly loading and unpacking.
const browser = offerChrome();

const built = await stage('Build', () =>
  runSteps([buildStep('packages build', './packages/*'), buildStep('everything else builds')], 1),
);
results.push(...built);

if (built[0]?.isPassed) results.push(...(await stage('Checks', runChecks)));
else results.push({ name: 'checks (not run: the packages do not build)', isPassed: false, ms: 0 });

const tests = await stage('Tests', async () => {
  console.log(`  ${await browser}`);
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-report-'));
  try {
    const outputFile = join(folder, 'report.json');
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`];
    const exitCode = await runCommand('vitest', args, { isShown: true, timeoutMs: 1_200_000 }).then(
      () => 0,
      (error) => (error instanceof CommandError ? error.exitCode : 1),
    );
    const allowedSkips = parseSkips(await readFile(join(root, 'docs', 'skips.md'), 'utf8'));
    const report = existsSync(outputFile)
      ? JSON.parse(await readFile(outputFile, 'utf8'))
      : { testResults: [] };
    return readReport(report, { allowedSkips, exitCode });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
results.push(...tests.results);

process.exitCode = summarize(results, tests.skipped);
