import { createCounters, MemoryCounterStore } from '@keepsake/entities';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../tooling/servers/index.ts';
import { type Database, openDatabase } from '../src/database/open-database.ts';
import { DownloadSink } from '../src/photos/download-sink.ts';
import { RequestMeter } from '../src/request-meter.ts';
import { makeFolder, newPhoto, removeFolder } from './demo-fixture.ts';

interface OpenedDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

const openEmbedded = async (): Promise<OpenedDatabase> => {
  const folder = await makeFolder();
  const { signal } = new AbortController();
  const { db, close } = await openDatabase(folder, { meter: new RequestMeter(), signal });
  return {
    db,
    close: async () => {
      await close();
      await removeFolder(folder);
    },
  };
};

/** What the sink and its fixture need of the schema: a server of the distribution has no pgvector. */
const TABLES = `
  CREATE TABLE albums (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), source_key text NOT NULL UNIQUE, name text NOT NULL, position serial NOT NULL
  );
  CREATE TABLE photos (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), album_id uuid NOT NULL, file_name text NOT NULL,
    content_hash text NOT NULL UNIQUE, media_type text NOT NULL, bytes integer NOT NULL, width integer NOT NULL,
    height integer NOT NULL, taken_at timestamptz, source_path text NOT NULL, downloads integer NOT NULL DEFAULT 0,
    downloads_batch bigint NOT NULL DEFAULT 0, face_state text NOT NULL DEFAULT 'pending'
  )`;

const openReal = async (): Promise<OpenedDatabase> => {
  const server: PostgresServer = await startPostgres();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(TABLES);
  return {
    // Its results are the other driver's; the queries are the same.
    db: drizzle(client) as unknown as Database,
    close: async () => {
      await client.end();
      await server.stop();
    },
  };
};

describe.each([
  { name: 'PGlite', open: openEmbedded },
  { name: 'PostgreSQL', open: openReal },
])('the download sink on $name', ({ open }) => {
  let database: OpenedDatabase;
  let sink: DownloadSink;
  let ids: string[];

  beforeAll(async () => {
    database = await open();
    sink = new DownloadSink(database.db);
  }, 240_000);
  afterAll(() => database.close());
  beforeEach(async () => {
    ids = [await newPhoto(database.db), await newPhoto(database.db)];
  });

  it('adds a batch once, whoever brings it', async () => {
    const [id = '', other = ''] = ids;
    const batches = [
      { id, number: 5, amount: 3 },
      { id: other, number: 1_764_000_000_000_000, amount: 2 },
    ];
    const sorted = async (totals: Promise<readonly object[]>): Promise<readonly object[]> =>
      (await totals).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    const expected = [
      { id, total: 3, number: 5 },
      { id: other, total: 2, number: 1_764_000_000_000_000 },
    ].toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(await sorted(sink.apply(batches))).toEqual(expected);
    expect(await sorted(sink.apply(batches))).toEqual(expected);
    expect(await sorted(sink.load(ids))).toEqual(expected);
  });

  it('adds the next batch and refuses one from before', async () => {
    const [id = ''] = ids;
    await sink.apply([{ id, number: 5, amount: 3 }]);
    expect(await sink.apply([{ id, number: 6, amount: 4 }])).toMatchObject([{ total: 7 }]);
    expect(await sink.apply([{ id, number: 5, amount: 3 }])).toMatchObject([{ total: 7, number: 6 }]);
  });

  it('knows nothing of a photo that is gone', async () => {
    const gone = crypto.randomUUID();
    expect(await sink.apply([{ id: gone, number: 5, amount: 3 }])).toEqual([]);
    expect(await sink.load([gone])).toEqual([]);
    expect(await sink.load([])).toEqual([]);
  });

  it('has all that was counted when the counters are closed', async () => {
    const counters = createCounters({ store: new MemoryCounterStore(), sink });
    const [id = '', other = ''] = ids;
    for (let i = 0; i < 25; i += 1) await counters.increment(id);
    await counters.increment(other);
    await counters.close();
    const totals = new Map((await sink.load(ids)).map((row) => [row.id, row.total]));
    expect([totals.get(id), totals.get(other)]).toEqual([25, 1]);
  });
});
