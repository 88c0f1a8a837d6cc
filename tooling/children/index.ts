/** Real second processes for tests: programs of a test, bundled from the sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints; rejects when it ends before. */
  line(): Promise<string>;
  /** Resolves at its end with its exit code. */
  readonly ended: Promise<number | null>;
}

export interface Program {
  start(...args: readonly string[]): Child;
  /** Ends what still runs and removes the bundle. */
  close(): Promise<void>;
}

/** Bundles the program at `entry` from the sources, so that plain node can run it. */
export const bundle = async (entry: URL): Promise<Program> => {
  const name = basename(entry.pathname, '.ts');
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-child-'));
  const outfile = join(folder, `${name}.mjs`);
  const running = new Set<ChildProcess>();
  await build({
    entryPoints: [fileURLToPath(entry)],
    tsconfig: fileURLToPath(new URL('../../tsconfig.base.json', import.meta.url)),
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Its CommonJS dependencies call require for Node's own modules.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  return {
    start: (...args) => {
      const process_ = spawn(process.execPath, [outfile, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
      running.add(process_);
      const ended = once(process_, 'exit').then(([code]) => {
        running.delete(process_);
        return code as number | null;
      });
      const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
      const line = async (): Promise<string> => {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`${name} ended before it said anything more`);
        return value;
      };
      return { process: process_, line, ended };
    },
    close: async () => {
      const ends = [...running].map((child) => once(child, 'exit'));
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(ends);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
