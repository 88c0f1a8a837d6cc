#!/usr/bin/env node
// pnpm proxy: builds the packages, then runs the caching reverse proxy of examples/http-proxy until it is told to stop.
import { join } from 'node:path';
import { buildStep } from './build.ts';
import { runApp } from './run-app.ts';
import { runSteps } from './stage.ts';
import { root } from './workspace.ts';

const [built] = await runSteps([buildStep('the packages are built', '@keepsake/example-http-proxy^...')], 1);
if (built?.isPassed) {
  process.exitCode = await runApp([join(root, 'examples', 'http-proxy', 'src', 'main.ts')]);
} else {
  console.error('The proxy was not started, because it does not build: the reason stands above.');
  process.exitCode = 1;
}
