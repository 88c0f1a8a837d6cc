#!/usr/bin/env node
// pnpm check: format, lint, types, sizes, and the packed tarballs installed into empty projects.
import { buildStep } from './build.ts';
import { runChecks } from './check/all.ts';
import { runSteps, summarize } from './stage.ts';

const results = await runSteps([buildStep('packages build', './packages/*')], 1);
if (results.every((result) => result.isPassed)) results.push(...(await runChecks()));
process.exitCode = summarize(results);
