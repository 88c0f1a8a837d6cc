#!/usr/bin/env node
// pnpm test:long <name> [--seed N] [--count N] [--json FILE] [--subject ours|naive|mutant]
//
// Runs packages/*/test/long/<name>.ts, which exports `longTest` (its shape: tooling/long-test),
// against the sources. With the subject `ours` every broken subject is run as well, and must be caught. Ends
// with 0 where nothing was violated and each mutant was caught, with 1 otherwise, with 2 for misuse.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { runInNewContext } from 'node:vm';
import { root } from './workspace.ts';

const SHOWN = 3;
const PROGRESS_MS = 5_000;

/** Every long test by name. */
const files = new Map(
  readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name, 'test', 'long');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => [file.slice(0, -'.ts'.length), join(folder, file)]);
  }),
);

/** @param {string} reason @returns {never} */
function misuse(reason) {
  const names = [...files.keys()].sort().join(' | ');
  console.error(
    `${reason}\npnpm test:long <${names}> [--seed N] [--count N] [--json FILE] [--subject ours|naive|mutant]`,
  );
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seed: { type: 'string', default: '1' },
        count: { type: 'string' },
        json: { type: 'string' },
        subject: { type: 'string', default: 'ours' },
      },
    });
  } catch (error) {
    return misuse(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} text @param {string} what */
function wholeNumber(text, what) {
  const number = Number(text.replaceAll('_', ''));
  return Number.isSafeInteger(number) && number >= 0
    ? number
    : misuse(`--${what}: ${text} is no whole number`);
}

/** Packages are found by name in their sources, as the type checker and vitest find them. */
function resolveToSources() {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8'));
  const sources = new Map(
    Object.entries(compilerOptions.paths).map(([name, [path]]) => [
      name,
      pathToFileURL(join(root, path)).href,
    ]),
  );
  registerHooks({
    resolve: (specifier, context, next) => {
      const url = sources.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}

const { values, positionals } = readArguments();
const [name = '', ...more] = positionals;
const file = files.get(name);
if (file === undefined || more.length > 0)
  misuse(name === '' ? 'which one?' : `there is no long test ${positionals.join(' ')}`);

// Memory is measured after a collection, whoever starts this.
setFlagsFromString('--expose-gc');
globalThis.gc ??= runInNewContext('gc');
resolveToSources();
/** @type {{ longTest: import('./long-test/index.ts').LongTest }} */
const { longTest } = await import(pathToFileURL(file).href);
const seed = wholeNumber(values.seed, 'seed');
const wanted = values.count === undefined ? undefined : wholeNumber(values.count, 'count');
const broken = ['naive', ...longTest.mutants];

/** @param {string} subject @param {number} count */
async function run(subject, count) {
  let toldAt = performance.now();
  const startedAt = toldAt;
  const result = await longTest.run({
    subject,
    seed,
    count,
    onProgress: (done) => {
      if (performance.now() - toldAt < PROGRESS_MS) return;
      toldAt = performance.now();
      console.error(
        `  ${subject}: ${done.toLocaleString('en')} of ${count.toLocaleString('en')} ${longTest.unit}`,
      );
    },
  });
  const found = result.violations.length === 0 ? 'nothing' : `${result.violations.length} violations`;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.error(
    `${name}, ${subject}: ${found} in ${result.count.toLocaleString('en')} ${longTest.unit} (${seconds} s)`,
  );
  return result;
}

/** @type {{ name: string, caught: boolean }[]} */
const mutants = [];
let result;
if (values.subject === 'mutant' || broken.includes(values.subject)) {
  const subjects = values.subject === 'mutant' ? longTest.mutants : [values.subject];
  const results = [];
  for (const subject of subjects) {
    const one = await run(subject, wanted ?? longTest.mutantCount);
    results.push(one);
    mutants.push({ name: subject, caught: one.violations.length > 0 });
  }
  result = {
    count: results.reduce((sum, one) => sum + one.count, 0),
    violations: results.flatMap((one) => one.violations),
    worst: results.at(-1)?.worst,
  };
} else if (values.subject === 'ours') {
  result = await run('ours', wanted ?? longTest.count);
  for (const subject of broken) {
    const { violations } = await run(subject, Math.min(longTest.mutantCount, wanted ?? Infinity));
    mutants.push({ name: subject, caught: violations.length > 0 });
  }
} else {
  misuse(`--subject: expected ours, naive, mutant or one of ${longTest.mutants.join(', ')}`);
}

for (const violation of result.violations.slice(0, SHOWN)) console.error(`\n${violation}`);
const { count, violations, worst = null } = result;
const report = JSON.stringify({ name, seed, count, violations: violations.length, worst, mutants }, null, 2);
console.log(report);
if (values.json !== undefined) writeFileSync(values.json, `${report}\n`);
process.exit(violations.length > 0 || mutants.some(({ caught }) => !caught) ? 1 : 0);
