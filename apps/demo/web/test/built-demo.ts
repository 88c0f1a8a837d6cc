import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Health } from '../src/api/types.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const POLL_MS = 250;

/** The demo as a user runs it: the built server and pages, on photos and data of its own. */
export interface BuiltDemo {
  readonly url: string;
  json<T>(path: string): Promise<T>;
  bytes(path: string): Promise<Buffer>;
  close(): Promise<void>;
}

/** Starts the build in `dist` on some of the sample photos and waits until they are imported. */
export async function startBuiltDemo(samples: readonly string[]): Promise<BuiltDemo> {
  for (const file of ['main.js', 'web/index.html']) {
    if (!existsSync(join(dist, file)))
      throw new Error(`dist/${file} is missing: run pnpm build in apps/demo first`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-browser-test-'));
  const photos = join(folder, 'Party');
  await copySamples(samples, photos);
  const env = {
    ...process.env,
    PORT: '0',
    DATA_DIR: join(folder, 'data'),
    PHOTOS_DIR: photos,
    REDIS_URL: '',
  };
  const server = spawn(process.execPath, [join(dist, 'main.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const close = async (): Promise<void> => {
    await stop(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await addressOf(server);
    await untilReady(url, server);
    const get = (path: string): Promise<Response> => fetch(`${url}/api/v1${path}`);
    return {
      url,
      json: async <T>(path: string) => (await (await get(path)).json()) as T,
      bytes: async (path) => Buffer.from(await (await get(path)).arrayBuffer()),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Photos with faces that the face library ships. */
async function copySamples(names: readonly string[], folder: string): Promise<void> {
  const library = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
  await mkdir(folder, { recursive: true });
  for (const name of names) await copyFile(join(library, 'demo', name), join(folder, name));
}

async function addressOf(server: ChildProcess): Promise<string> {
  if (!server.stdout) throw new Error('the server has no output to read');
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /^Keepsake demo: (http:\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    // Read on, or a full pipe would hold the server up.
    server.stdout.resume();
    return url;
  }
  throw new Error('the server ended before it printed its address');
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    const health = (await (await fetch(`${url}/healthz`)).json()) as Health;
    if (health.ready) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`the server ended with code ${server.exitCode} while it imported`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
}
