/** Runs an example of a document in a process of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { runCommand } from '../run-command.ts';
import { root } from '../workspace.ts';

const TIMEOUT_MS = 60_000;

/** The address that a document shows becomes the one of the test's own server. */
export function pointAtRedis(code: string, redisUrl: string): string {
  return code.replaceAll(/redis:\/\/(localhost|127\.0\.0\.1):6379/g, redisUrl);
}

/** TypeScript to what Node 20 runs: types stripped, decorators lowered. */
export async function toJavaScript(code: string): Promise<string> {
  return (await transform(code, { loader: 'ts', target: 'node20', format: 'esm' })).code;
}

/**
 * Runs an example against the sources of the packages; rejects with its output when it fails or does not end.
 *
 * @param folder where its imports are looked up.
 */
export async function runAgainstSources(code: string, folder: string, redisUrl: string): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'keepsake-example-'));
  try {
    const outfile = join(work, 'example.mjs');
    await build({
      stdin: { contents: pointAtRedis(code, redisUrl), resolveDir: folder, loader: 'ts' },
      tsconfig: join(root, 'tsconfig.base.json'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outfile,
      logLevel: 'silent',
      // Bundled CommonJS dependencies ask for a require that a module does not have.
      banner: {
        js: `import { createRequire as r$ } from 'node:module'; const require = r$(import.meta.url);`,
      },
    });
    return await runCommand(process.execPath, [outfile], {
      cwd: work,
      env: { REDIS_URL: redisUrl },
      timeoutMs: TIMEOUT_MS,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs an example in a project that has the packages installed. */
export async function runInstalled(code: string, project: string, redisUrl: string): Promise<string> {
  const file = join(project, 'example.mjs');
  await writeFile(file, await toJavaScript(pointAtRedis(code, redisUrl)));
  return runCommand(process.execPath, [file], {
    cwd: project,
    env: { REDIS_URL: redisUrl },
    timeoutMs: TIMEOUT_MS,
  });
}
