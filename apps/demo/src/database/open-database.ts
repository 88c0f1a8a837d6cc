import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConfigError } from '../config.ts';
import type { RequestMeter } from '../request-meter.ts';
import { workerUrl } from '../worker-url.ts';
import { migrate } from './migrations.ts';

/** Runs queries: the database, or a transaction of it. */
export type Database = Pick<
  PgliteDatabase,
  'select' | 'insert' | 'update' | 'delete' | 'execute' | 'transaction'
>;

export interface OpenDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

/** Opens (and on the first start creates) the embedded database in `dataDir`; every query is counted. */
export async function openDatabase(
  dataDir: string,
  { meter, signal }: { readonly meter: RequestMeter; readonly signal: AbortSignal },
): Promise<OpenDatabase> {
  const folder = join(dataDir, 'db');
  if (!existsSync(folder)) await createCluster(folder, signal);
  signal.throwIfAborted();
  const client = await openClient(folder);
  const db = drizzle(client, { logger: { logQuery: () => meter.countQuery() } });
  return { db, close: () => client.close() };
}

async function openClient(folder: string): Promise<PGlite> {
  try {
    const client = new PGlite({ dataDir: folder, extensions: { vector } });
    await client.waitReady;
    await migrate(client);
    return client;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `The database in ${folder} cannot be opened (${reason}). Move that folder away to start anew, or set DATA_DIR to another one.`,
    );
  }
}

/** A start that was killed half-way leaves only the temporary folder, which the next start replaces. */
async function createCluster(folder: string, signal: AbortSignal): Promise<void> {
  const unfinished = `${folder}.creating`;
  rmSync(unfinished, { recursive: true, force: true });
  const worker = new Worker(workerUrl('create-cluster-worker', import.meta.url), {
    workerData: { folder: unfinished },
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The database could not be created (the worker ended with code ${code}).`));
    });
  });
  signal.removeEventListener('abort', stop);
  renameSync(unfinished, folder);
}
