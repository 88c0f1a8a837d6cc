import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

export interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints; rejects when it ends before. */
  line(): Promise<string>;
  /** Resolves at its end with its exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs a file that plain node can run. Its errors go to where this process's go; `env` is added to that of this one. */
export const startChild = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child => {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${basename(file)} ended before it said anything more`);
    return value;
  };
  return { process: child, line, ended };
};
