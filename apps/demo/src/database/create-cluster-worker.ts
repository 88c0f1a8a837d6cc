import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { workerData } from 'node:worker_threads';

/** Creates an empty database folder. It computes for seconds without a pause, hence its own thread. */
const { folder } = workerData as { folder: string };
const client = new PGlite({ dataDir: folder, extensions: { vector } });
await client.waitReady;
await client.close();
