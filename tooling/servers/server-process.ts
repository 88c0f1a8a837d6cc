/** A server as a child process: what it printed last, its signals, and its end with this process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { endWithThisProcess } from '../watchdog.ts';

const STOP_DEADLINE_MS = 5_000;

export interface ProcessOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Its own: it runs there, and the folder is removed should this process end first. */
  readonly folder: string;
}

export interface RunningProcess {
  readonly pid: number;
  isGone(): boolean;
  /** The last lines that it printed. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process is gone; harder means follow after the deadline. */
  end(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Resolves once it is spawned, which says nothing of whether it serves. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, command, args, env, folder } = options;
  const child = spawn(command, [...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectTail(child);
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} started without a pid`);
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
  return {
    pid,
    isGone,
    output,
    signal: (signal) => {
      if (isGone() || !child.kill(signal)) throw new Error(`${name} with pid ${pid} has already ended`);
    },
    end: async (signal) => {
      if (!isGone()) {
        child.kill(signal);
        child.kill('SIGCONT');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
        await gone.finally(() => clearTimeout(timer));
      }
      await gone;
    },
  };
}

/** Reading what a child prints also keeps its pipes from filling up. */
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
