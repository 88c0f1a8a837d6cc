#!/usr/bin/env node
import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

/** EX_SOFTWARE: a mistake of ours must not look like an answer. */
const BUG = 70;

runCommandLine(process.argv.slice(2), process.env, processTerminal(process)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = BUG;
    process.stderr.write(
      `keepsake: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
  },
);
