import { spawn } from 'node:child_process';

/**
 * Signals `pid` when this process dies by whatever means, SIGKILL included, for which no exit hook runs: a small
 * shell in a process group of its own reads a pipe from this process, and the pipe then reaches its end.
 */
export function endWithThisProcess(pid: number, signal: 'KILL' | 'TERM'): { stop(): void } {
  const watchdog = spawn('/bin/sh', ['-c', 'read -r _; kill -s "$1" "$0"', String(pid), signal], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell the exit hooks of the callers are what is left.
  watchdog.on('error', () => undefined);
  watchdog.unref();
  const pipe: unknown = watchdog.stdin;
  if (typeof pipe === 'object' && pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function')
    pipe.unref();
  return { stop: () => void watchdog.kill('SIGKILL') };
}
