/** Real second processes for tests: programs of a test, bundled from the sources. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Child, startChild } from './child.ts';

export { type Child, startChild } from './child.ts';

export interface Program {
  start(...args: readonly string[]): Child;
  /** Ends what still runs and removes the bundle. */
  close(): Promise<void>;
}

/** Bundles the program at `entry` from the sources, so that plain node can run it; `env` is added to that of the test. */
export const bundle = async (entry: URL, env: Readonly<Record<string, string>> = {}): Promise<Program> => {
  const name = basename(entry.pathname, '.ts');
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-child-'));
  const outfile = join(folder, `${name}.mjs`);
  const running = new Set<Child>();
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
      const child = startChild(outfile, args, env);
      running.add(child);
      void child.ended.then(() => running.delete(child));
      return child;
    },
    close: async () => {
      const ends = [...running].map(({ ended }) => ended);
      for (const child of running) child.process.kill('SIGKILL');
      await Promise.all(ends);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
