/**
 * A real PostgreSQL for one test: a free loopback port, an empty database in a folder of its own, ended by its own pid.
 * Whoever is root runs it as nobody, since it refuses root.
 */
import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort } from './free-port.ts';
import { findPostgres, isRoot, type PostgresBinaries } from './postgres-binary.ts';
import { type RunningProcess, startProcess } from './server-process.ts';

const run = promisify(execFile);
const START_DEADLINE_MS = 30_000;
const PORT_ATTEMPTS = 5;
const NOBODY = 65_534;

export interface PostgresServer {
  readonly port: number;
  /** `postgres://postgres@127.0.0.1:<port>/postgres`: no password. */
  readonly url: string;
  readonly pid: number;
  /** Ends the server, its connections with it, and removes its folder. May be called twice. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Resolves once the server takes connections. What it writes is not forced to disk: it outlives no power failure. */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = await findPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-postgres-'));
  try {
    if (isRoot()) await chown(folder, NOBODY, NOBODY);
    await initialize(binaries, folder);
    return await startOnFreePort(binaries, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function initialize({ folder: binaries, env }: PostgresBinaries, folder: string): Promise<void> {
  const { command, args } = unprivileged(join(binaries, 'initdb'), [
    ...['-D', join(folder, 'data'), '-U', 'postgres', '--auth=trust'],
    ...['--no-sync', '--encoding=UTF8', '--locale=C'],
  ]);
  await run(command, args, { cwd: folder, env: { ...process.env, ...env }, timeout: START_DEADLINE_MS * 2 });
}

async function startOnFreePort(binaries: PostgresBinaries, folder: string): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const running = await launch(binaries, folder, port);
    const isUp = await servesInTime(running);
    if (isUp) return serverHandle(running, port, folder);
    await running.end('SIGKILL');
    // Somebody took the port between the look and the bind.
    const isPortTaken = /could not bind|Address already in use/i.test(running.output());
    if (!isPortTaken || attempt === PORT_ATTEMPTS) {
      throw new Error(`${binaries.version} did not start:\n${running.output()}`);
    }
  }
}

function launch(
  { folder: binaries, env }: PostgresBinaries,
  folder: string,
  port: number,
): Promise<RunningProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    jit: 'off',
  };
  const { command, args } = unprivileged(join(binaries, 'postgres'), [
    ...['-D', join(folder, 'data'), '-p', String(port)],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  return startProcess({ name: 'the PostgreSQL server', command, args, env, folder });
}

async function servesInTime(running: RunningProcess): Promise<boolean> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!running.output().includes('ready to accept connections')) {
    if (running.isGone() || performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

function serverHandle(running: RunningProcess, port: number, folder: string): PostgresServer {
  const stop = async (): Promise<void> => {
    await running.end('SIGINT');
    await rm(folder, { recursive: true, force: true });
  };
  return {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    pid: running.pid,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function unprivileged(command: string, args: readonly string[]): { command: string; args: string[] } {
  if (!isRoot()) return { command, args: [...args] };
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return { command: 'setpriv', args: [...user, command, ...args] };
}
