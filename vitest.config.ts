import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const base = JSON.parse(readFileSync(`${root}tsconfig.base.json`, 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};

/** Tests run against the sources: the same map that the type checker uses. */
const alias = Object.entries(base.compilerOptions.paths)
  .filter(([, [path]]) => existsSync(root + path))
  .map(([name, [path]]) => ({ find: new RegExp(`^${name}$`), replacement: root + path.slice(2) }));

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'apps/*/{src,test,web/test}/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'tooling/**/*.test.ts',
    ],
    globalSetup: ['./tooling/servers/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // In CI, where real servers share two noisy cores with the tests, one miss is tried once more; a broken test fails twice.
    retry: process.env['CI'] ? 1 : 0,
  },
});

export default config;
