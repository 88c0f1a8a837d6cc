/**
 * The package managers that a script was started by.
 *
 * npx does not hand SIGTERM on to the pnpm that it runs: told to stop, it leaves pnpm and the script behind,
 * and a script that serves would hold its port for ever. So such a script watches for the end of its owners.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLL_MS = 500;
const MAX_ANCESTORS = 8;

/** All npm, npx and pnpm above this process, with the shells between them passed over; none without `ps`. */
export async function findOwners(): Promise<number[]> {
  const owners: number[] = [];
  let pid = process.ppid;
  for (let depth = 0; depth < MAX_ANCESTORS && pid > 1; depth++) {
    const answer = await run('ps', ['-o', 'ppid=,comm=', '-p', String(pid)]).then(
      ({ stdout }) => /^\s*(\d+)\s+(.+?)\s*$/.exec(stdout),
      () => null,
    );
    const [, parent = '', command = ''] = answer ?? [];
    if (/(^|\/)p?(npm|npx)\b/.test(command)) owners.push(pid);
    else if (!/(^|\/)-?(sh|bash|dash|zsh|ash|busybox)$/.test(command)) break;
    pid = Number(parent);
  }
  return owners;
}

/** Calls back once, when one of the processes is gone. The watch alone keeps nothing running. */
export function watchProcesses(pids: readonly number[], onEnd: () => void): { stop(): void } {
  const timer = setInterval(() => {
    if (pids.every(isAlive)) return;
    clearInterval(timer);
    onEnd();
  }, POLL_MS).unref();
  return { stop: () => clearInterval(timer) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
