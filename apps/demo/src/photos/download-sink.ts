import type { CounterBatch, CounterOrigin } from '@keepsake/core';
import type { CounterSink, SinkTotal } from '@keepsake/entities';
import { inArray, sql } from 'drizzle-orm';
import type { Database } from '../database/open-database.ts';
import { photos } from '../database/schema.ts';

/**
 * Download counts in the table of photos: beside each total lies the number of the last batch that is in it, and one
 * statement changes both. So a batch counts once, whoever brings it, and there is no list of batches that would grow.
 */
export class DownloadSink implements CounterSink {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async load(photoIds: readonly string[]): Promise<CounterOrigin[]> {
    if (photoIds.length === 0) return [];
    return this.#db
      .select({ id: photos.id, total: photos.downloads, number: photos.downloadsBatch })
      .from(photos)
      .where(inArray(photos.id, [...photoIds]));
  }

  async apply(batches: readonly CounterBatch[]): Promise<SinkTotal[]> {
    const rows = batches.map(
      ({ id, number, amount }) => sql`(${id}::uuid, ${number}::bigint, ${amount}::integer)`,
    );
    await this.#db.execute(sql`
      UPDATE photos SET downloads = downloads + batch.amount, downloads_batch = batch.number
      FROM (VALUES ${sql.join(rows, sql`, `)}) AS batch (id, number, amount)
      WHERE photos.id = batch.id AND photos.downloads_batch < batch.number`);
    return this.load(batches.map(({ id }) => id));
  }
}
