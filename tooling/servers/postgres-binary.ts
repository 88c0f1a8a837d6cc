/**
 * Finds PostgreSQL: its `initdb` and `postgres` in one folder.
 *
 * In this order: POSTGRES_BIN (that folder), the PATH, Debian's /usr/lib/postgresql/<version>/bin, and, on Debian and
 * Ubuntu, the distribution's own package, unpacked into a cache folder.
 */
import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchFromApt, type Unpacked } from './from-apt.ts';
import { findOnPath } from './redis-binary.ts';

const run = promisify(execFile);
const DEBIAN_FOLDER = join('/usr', 'lib', 'postgresql');

export interface PostgresBinaries {
  /** Holds `initdb` and `postgres`. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** What `postgres --version` says. */
  readonly version: string;
}

let found: Promise<PostgresBinaries> | undefined;

/** Looks once per process; a failed search may be repeated. */
export function findPostgres(): Promise<PostgresBinaries> {
  found ??= search().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function search(): Promise<PostgresBinaries> {
  const named = process.env['POSTGRES_BIN'];
  if (named !== undefined && named !== '') return probe(named, {});
  const onPath = await findOnPath('postgres');
  const folders = [
    // Where it leads to: `initdb` looks for `postgres` beside itself.
    ...(onPath === undefined ? [] : [dirname(await realpath(onPath))]),
    ...(await versionsIn(DEBIAN_FOLDER)),
  ];
  for (const folder of folders) {
    const binaries = await probe(folder, {}).catch(() => undefined);
    if (binaries) return binaries;
  }
  return fetched();
}

async function fetched(): Promise<PostgresBinaries> {
  const source = {
    name: 'postgres',
    packages: ['postgresql'],
    also: /^postgresql-\d+$/,
    // The just-in-time compiler is larger than all the rest, and optional.
    without: /^lib(llvm|z3|clang)/,
    isForOthers: isRoot(),
  };
  const probeUnpacked = async ({ root, env }: Unpacked): Promise<PostgresBinaries> => {
    const [folder] = await versionsIn(join(root, 'usr', 'lib', 'postgresql'));
    if (folder === undefined) throw new Error('the package holds no server');
    return probe(folder, env);
  };
  try {
    return await probeUnpacked(await fetchFromApt(source, probeUnpacked));
  } catch (cause) {
    throw new Error(
      'The tests need PostgreSQL and found none: set POSTGRES_BIN to the folder of `initdb` and `postgres`, or install it ' +
        '(macOS: brew install postgresql; Debian and Ubuntu: apt install postgresql). ' +
        `Fetching it with apt failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** The newest first. */
async function versionsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort((a, b) => Number(b) - Number(a)).map((name) => join(folder, name, 'bin'));
}

async function probe(folder: string, env: NodeJS.ProcessEnv): Promise<PostgresBinaries> {
  const options = { env: { ...process.env, ...env }, timeout: 10_000 };
  const { stdout } = await run(join(folder, 'postgres'), ['--version'], options);
  await run(join(folder, 'initdb'), ['--version'], options);
  return { folder, env, version: stdout.trim() };
}

/** PostgreSQL refuses to run as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
