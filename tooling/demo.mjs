#!/usr/bin/env node
// pnpm demo: builds the photo service and what it needs, then runs it until it is told to stop.
import { join } from 'node:path';
import { buildStep } from './build.ts';
import { runApp } from './run-app.ts';
import { runSteps } from './stage.ts';
import { root } from './workspace.ts';

console.log('Building the demo; the first time takes a minute.');
const [built] = await runSteps([buildStep('the demo is built', '@keepsake/demo...')], 1);
if (built?.isPassed) {
  process.exitCode = await runApp([join(root, 'apps', 'demo', 'dist', 'main.js'), ...process.argv.slice(2)]);
} else {
  console.error('The demo was not started, because it does not build: the reason stands above.');
  process.exitCode = 1;
}
