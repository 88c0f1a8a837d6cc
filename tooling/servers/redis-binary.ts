/**
 * Finds a Redis or Valkey server to run the tests on.
 *
 * The order: `REDIS_SERVER_BIN`, then `redis-server` or `valkey-server` on the PATH, then (Debian and Ubuntu)
 * the distribution's own packages, unpacked without root into a cache folder outside the repository. Where
 * none of these works the error says what to install: a missing server never becomes a skipped test.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchFromApt, type Unpacked } from './from-apt.ts';

const run = promisify(execFile);

/** A server executable together with the environment that it needs. */
export interface RedisBinary {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** First line of `--version`, for logs. */
  readonly version: string;
}

let found: Promise<RedisBinary> | undefined;

/** Looks once per process; a failed search may be repeated. */
export function findRedis(): Promise<RedisBinary> {
  found ??= search().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function search(): Promise<RedisBinary> {
  const named = process.env['REDIS_SERVER_BIN'];
  if (named !== undefined && named !== '') {
    return probe(named, {}).catch((cause: unknown) => {
      throw new Error(`REDIS_SERVER_BIN is set to "${named}", which does not run as a Redis server`, {
        cause,
      });
    });
  }
  for (const name of ['redis-server', 'valkey-server']) {
    const path = await findOnPath(name);
    if (path !== undefined) return probe(path, {});
  }
  try {
    const probeUnpacked = ({ root, env }: Unpacked): Promise<RedisBinary> =>
      probe(join(root, 'usr', 'bin', 'redis-server'), env);
    const source = { name: 'redis', packages: ['redis-server', 'redis-tools'] };
    return await probeUnpacked(await fetchFromApt(source, probeUnpacked));
  } catch (cause) {
    throw new Error(
      'The tests need a Redis server and found none: set REDIS_SERVER_BIN, or install one ' +
        '(macOS: brew install redis; Debian and Ubuntu: apt install redis-server; Fedora: dnf install valkey). ' +
        `Fetching it with apt failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Runs `--version`, so that a file of another architecture or with a missing library is found out here. */
async function probe(path: string, env: NodeJS.ProcessEnv): Promise<RedisBinary> {
  const { stdout } = await run(path, ['--version'], { env: { ...process.env, ...env }, timeout: 10_000 });
  const version = stdout.split('\n', 1)[0] ?? '';
  if (!/^(redis|valkey) server/i.test(version)) throw new Error(`"${path} --version" answered "${version}"`);
  return { path, env, version };
}

/** The full path of an executable, or `undefined`. */
export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}
