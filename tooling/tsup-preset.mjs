import { defineConfig } from 'tsup';

/** The one way a Keepsake package is built: ESM for Node 20, types beside it, no bundled dependency. */
export const library = (entry) =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node20',
    platform: 'neutral',
    dts: true,
    clean: true,
    splitting: true,
    sourcemap: false,
    treeshake: true,
    external: [/^node:/],
    removeNodeProtocol: false,
  });
