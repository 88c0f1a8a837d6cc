import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config.ts';

/**
 * The embedded database allows one process. A listening local socket named
 * after the folder is the lock: the system frees it when the process ends,
 * however it ends, so there is no stale lock file to clean up after a crash.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const name = `keepsake-demo-${createHash('sha256').update(dataDir).digest('hex').slice(0, 32)}`;
  const address = socketAddress(name);
  try {
    return release(await listen(address));
  } catch (error) {
    if (!isAddressInUse(error)) throw error;
  }
  if (!address.startsWith('\0') && !(await answers(address))) {
    // A socket file that nobody listens on: its owner was killed.
    rmSync(address, { force: true });
    return release(await listen(address));
  }
  throw new ConfigError(
    `Another demo is using DATA_DIR ${dataDir}. Stop it, or set DATA_DIR to another folder.`,
  );
}

function socketAddress(name: string): string {
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.once('error', reject);
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function release(server: Server): () => Promise<void> {
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
