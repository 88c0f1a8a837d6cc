import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** Searches in a process of its own, for what is found is kept. */
async function search(env: Readonly<Record<string, string>>): Promise<string> {
  const module = fileURLToPath(new URL('./redis-binary.ts', import.meta.url));
  const script = `const { findRedis } = await import(${JSON.stringify(module)});
    console.log(await findRedis().then(({ version }) => version, (error) => 'refused: ' + error.message));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, ...env },
  });
  return stdout;
}

test('the server that is found says its version', async () => {
  expect(await search({})).toMatch(/(redis|valkey) server/i);
});

test('a REDIS_SERVER_BIN that is no Redis is refused instead of passed over', async () => {
  expect(await search({ REDIS_SERVER_BIN: process.execPath })).toMatch(/refused: REDIS_SERVER_BIN is set to/);
  expect(await search({ REDIS_SERVER_BIN: '/nowhere/redis' })).toMatch(/refused: REDIS_SERVER_BIN is set to/);
});

test('where none is found the error says what to install', async () => {
  const nowhere = {
    REDIS_SERVER_BIN: '',
    PATH: '/nowhere',
    XDG_CACHE_HOME: '/dev/null',
    HOME: '/dev/null',
    TMPDIR: '/dev/null',
  };
  expect(await search(nowhere)).toMatch(/refused: .*brew install redis.*apt install redis-server/);
});
