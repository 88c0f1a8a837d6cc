/**
 * A real server for one test or one test run: a free loopback port, no persistence, ended by its own pid.
 *
 * A watchdog ends it when its parent is killed outright, so that no server outlives its tests.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endWithThisProcess } from '../watchdog.ts';
import { findFreePort } from './free-port.ts';
import { answersPing } from './ping.ts';
import { findRedis } from './redis-binary.ts';

const START_DEADLINE_MS = 15_000;
const STOP_DEADLINE_MS = 5_000;
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

interface RunningProcess {
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process is gone; harder means follow after the deadline. */
  end(name: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

async function launch(
  port: number,
  folder: string,
  { config, args = [] }: StartRedisOptions,
): Promise<RunningProcess> {
  const binary = await findRedis();
  const child = spawn(
    binary.path,
    [
      ...(config === undefined ? [] : [config]),
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      ...args,
    ],
    { env: { ...process.env, ...binary.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = collectTail(child);
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${binary.path} started without a pid`);
  const watchdog = endWithThisProcess(pid, 'KILL');
  const onParentExit = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', onParentExit);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', onParentExit);
      watchdog.stop();
      resolve();
    });
  });
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;

  const running: RunningProcess = {
    pid,
    signal: (name) => {
      if (isGone() || !child.kill(name))
        throw new Error(`the Redis server with pid ${pid} has already ended`);
    },
    end: async (name) => {
      if (!isGone()) {
        child.kill(name);
        child.kill('SIGCONT');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
        await gone.finally(() => clearTimeout(timer));
      }
      await gone;
    },
  };

  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await answersPing(port, 500))) {
    if (isGone() || performance.now() > deadline) {
      await running.end('SIGKILL');
      const what = isGone() ? 'ended at its start' : `gave no PONG within ${START_DEADLINE_MS} ms`;
      throw new Error(`${binary.version} on port ${port} ${what}:\n${output()}`);
    }
    await delay(20);
  }
  // A stranger's server on the same port would have answered too.
  if (isGone()) throw new Error(`${binary.version} could not bind port ${port}:\n${output()}`);
  return running;
}

/** The last lines that a child printed; reading them also keeps its pipes from filling up. */
function collectTail(child: ChildProcess): () => string {
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-4_000);
    });
    // The pipes alone must not keep a finished test run alive.
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
  return () => tail.trim();
}
