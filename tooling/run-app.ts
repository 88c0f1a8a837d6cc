/** Runs a Node program in the foreground: its output is ours, signals are passed on once, its exit code is kept. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { findOwners, watchProcesses } from './owner.ts';
import { endWithThisProcess } from './watchdog.ts';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves with the exit code once the program has ended: 128 + number after a signal, as in a shell. */
export async function runApp(args: readonly string[]): Promise<number> {
  const owners = await findOwners();
  return new Promise((resolve, reject) => {
    // In a process group of its own, so that Ctrl-C reaches it through us alone and not a second time from
    // the terminal: a second one often means "at once".
    const app = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const handlers = PASSED_ON.map((signal) => [signal, (): boolean => app.kill(signal)] as const);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    const watch = watchProcesses(owners, () => app.kill('SIGTERM'));
    const watchdog = app.pid === undefined ? undefined : endWithThisProcess(app.pid, 'TERM');
    const release = (): void => {
      watch.stop();
      watchdog?.stop();
      for (const [signal, handler] of handlers) process.off(signal, handler);
    };
    app.on('error', (error) => {
      release();
      reject(error);
    });
    app.on('exit', (code, signal) => {
      release();
      resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal]));
    });
  });
}
