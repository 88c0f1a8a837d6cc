// pnpm start 3: runs src/3-*.ts. Bundled first, for no Node runs decorators as they are.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(`${folder}src`).filter((name) => /^\d/.test(name));
const name = names.find((one) => one.startsWith(`${process.argv[2]}-`));
if (!name) {
  console.error(`pnpm start <number>\n${names.join('\n')}`);
  process.exit(2);
}
const outfile = `${folder}dist/${name.replace(/ts$/, 'mjs')}`;
await build({
  entryPoints: [`${folder}src/${name}`],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // The workspace's own leads to the sources of the packages; a user has what they were built to.
  tsconfigRaw: {},
});
const env = { ENVIRONMENT: process.env.REDIS_URL ? 'production' : 'development', ...process.env };
process.exit(spawnSync(process.execPath, [outfile], { stdio: 'inherit', env }).status ?? 1);
