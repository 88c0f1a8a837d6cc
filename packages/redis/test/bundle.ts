import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Makes one file of a program and all that it imports, from the sources, so that plain Node can run it. */
export const bundle = async (entry: URL, outfile: string): Promise<void> => {
  await build({
    entryPoints: [fileURLToPath(entry)],
    tsconfig: fileURLToPath(new URL('../../../tsconfig.base.json', import.meta.url)),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    logLevel: 'silent',
    banner: { js: `import { createRequire as r$ } from 'node:module'; const require = r$(import.meta.url);` },
  });
};
