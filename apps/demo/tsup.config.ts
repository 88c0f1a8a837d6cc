import { defineConfig } from 'tsup';

/** The server and its worker threads, for Node; the dependencies in package.json stay outside. The pages are built by Vite into dist/web. */
export default defineConfig({
  entry: {
    main: 'src/main.ts',
    'face-worker': 'src/faces/face-worker.ts',
    'create-cluster-worker': 'src/database/create-cluster-worker.ts',
  },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  sourcemap: true,
  treeshake: true,
  clean: ['*.js', '*.map'],
  removeNodeProtocol: false,
});
