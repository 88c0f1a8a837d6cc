/**
 * A real server for one test or one test run: a free loopback port, no persistence, ended by its own pid.
 *
 * A watchdog ends it when its parent is killed outright, so that no server outlives its tests.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { answersPing } from './ping.ts';
import { findRedis } from './redis-binary.ts';
import { type RunningProcess, startProcess } from './server-process.ts';

const START_DEADLINE_MS = 15_000;
const PORT_ATTEMPTS = 5;

export interface StartRedisOptions {
  /** More command line arguments, such as `['--maxmemory', '8mb']`. */
  readonly args?: readonly string[];
  /** A configuration file; arguments win over it. */
  readonly config?: string;
}

export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** Of the running process: another one after `restart`. */
  readonly pid: number;
  /** Ends the server in an orderly way and removes its folder. May be called twice. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash. `restart` brings it back empty on the same port. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** A new, empty process on the same port. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Resolves once the server answers PONG. */
export async function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-redis-'));
  try {
    return await startOnFreePort(folder, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startOnFreePort(folder: string, options: StartRedisOptions): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    try {
      return serverHandle(port, folder, options, await launch(port, folder, options));
    } catch (error) {
      // Somebody took the port between the look and the bind.
      const isPortTaken = error instanceof Error && /Address already in use|bind/i.test(error.message);
      if (!isPortTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function serverHandle(
  port: number,
  folder: string,
  options: StartRedisOptions,
  first: RunningProcess,
): RedisServer {
  let running = first;
  const stop = async (): Promise<void> => {
    await running.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return running.pid;
    },
    stop,
    kill: () => running.end('SIGKILL'),
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    restart: async () => {
      await running.end('SIGTERM');
      running = await launch(port, folder, options);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(
  port: number,
  folder: string,
  { config, args = [] }: StartRedisOptions,
): Promise<RunningProcess> {
  const binary = await findRedis();
  const running = await startProcess({
    name: 'the Redis server',
    command: binary.path,
    args: [
      ...(config === undefined ? [] : [config]),
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      ...args,
    ],
    env: binary.env,
    folder,
  });
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await answersPing(port, 500))) {
    if (running.isGone() || performance.now() > deadline) {
      await running.end('SIGKILL');
      const what = running.isGone() ? 'ended at its start' : `gave no PONG within ${START_DEADLINE_MS} ms`;
      throw new Error(`${binary.version} on port ${port} ${what}:\n${running.output()}`);
    }
    await delay(20);
  }
  // A stranger's server on the same port would have answered too.
  if (running.isGone())
    throw new Error(`${binary.version} could not bind port ${port}:\n${running.output()}`);
  return running;
}
