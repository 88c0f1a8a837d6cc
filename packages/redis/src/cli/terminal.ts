import { createInterface } from 'node:readline';
import { EXIT } from './misuse.ts';

/** Where a command writes to, and whom it may ask. */
export interface Terminal {
  /** Resolves when the text has left: whoever reads slowly slows the command down. */
  write(text: string): Promise<void>;
  /** For people only: never part of what a script reads. */
  writeError(text: string): Promise<void>;
  /** Whether somebody sits there who can answer. */
  readonly isInteractive: boolean;
  /** Whether a line of `writeError` may be drawn again. */
  readonly canRedraw: boolean;
  readonly hasColour: boolean;
  readonly columns: number;
  /** What was typed; nothing where there was no answer (Ctrl-C, Ctrl-D, a terminal that went away). */
  ask(question: string): Promise<string>;
}

const DEFAULT_COLUMNS = 100;

/** The terminal of a process. A reader that goes away (`keepsake keys | head`) ends it without a word. */
export const processTerminal = ({ stdin, stdout, stderr, env, exit }: NodeJS.Process): Terminal => {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') exit(0);
      if (stream === stdout) stderr.write(`keepsake: cannot write: ${error.code ?? error.message}\n`);
      exit(EXIT.unreachable); // what was found could not be written: no answer either
    });
  }
  const writeTo = (stream: NodeJS.WriteStream) => (text: string) =>
    new Promise<void>((resolve) => stream.write(text, () => resolve()));
  return {
    write: writeTo(stdout),
    writeError: writeTo(stderr),
    isInteractive: stdin.isTTY && stderr.isTTY,
    canRedraw: stderr.isTTY,
    hasColour: wantsColour(env, stdout.isTTY),
    columns: stdout.columns || DEFAULT_COLUMNS,
    ask: (question) =>
      new Promise((resolve) => {
        const lines = createInterface({ input: stdin, output: stderr });
        lines.once('close', () => resolve(''));
        lines.question(question, (answer) => {
          resolve(answer);
          lines.close();
        });
      }),
  };
};

/** https://no-color.org: any value but none; FORCE_COLOR for pipes into something that shows colours. */
const wantsColour = (env: NodeJS.ProcessEnv, isTty: boolean): boolean => {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return isTty && env['TERM'] !== 'dumb';
};
