#!/usr/bin/env node
// pnpm typecheck: every project of the workspace, two at a time.
import { typecheckSteps } from './check/typecheck.ts';
import { runSteps } from './stage.ts';

const results = await runSteps(typecheckSteps(), 2);
process.exitCode = results.every((result) => result.isPassed) ? 0 : 1;
