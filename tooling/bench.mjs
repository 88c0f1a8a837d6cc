#!/usr/bin/env node
// pnpm bench <name> [--quick] [--json FILE]: builds the packages, then runs bench/src/<name>.ts.
import { existsSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildStep } from './build.ts';
import { runSteps } from './stage.ts';
import { root } from './workspace.ts';

const folder = join(root, 'bench', 'src');
const [name = '', ...rest] = process.argv.slice(2);
// A file with a dash in its name is a part of the bench before the dash.
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.includes('-'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((one) => !['report', 'traces'].includes(one));
if (!names.includes(name) || !existsSync(join(folder, `${name}.ts`))) {
  console.error(`pnpm bench <${names.join(' | ')}> [--quick] [--rounds N] [--json FILE]`);
  process.exit(2);
}
const built = await runSteps([buildStep('packages build', './packages/*')], 1);
if (!built.every((result) => result.isPassed)) process.exit(1);
const run = spawnSync(process.execPath, ['--expose-gc', join(folder, `${name}.ts`), ...rest], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
