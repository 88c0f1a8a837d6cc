import type { CounterBatch, CounterOrigin } from '@keepsake/core';
import type { CounterSink, SinkTotal } from '@keepsake/entities';
import { Client } from 'pg';

/** A table of counters in PostgreSQL. The sequence `repeats` counts the batches that came again and were refused. */
export class PostgresTable implements CounterSink {
  readonly #client: Client;

  constructor(url: string) {
    this.#client = new Client({ connectionString: url });
    // A lost connection fails the query that waits for it.
    this.#client.on('error', () => undefined);
  }

  async connect(): Promise<void> {
    await this.#client.connect();
  }

  async create(totals: ReadonlyMap<string, number>): Promise<void> {
    await this.#client.query(`
      DROP TABLE IF EXISTS counters;
      DROP SEQUENCE IF EXISTS repeats;
      CREATE TABLE counters (id text PRIMARY KEY, total bigint NOT NULL, number bigint NOT NULL DEFAULT 0);
      CREATE SEQUENCE repeats`);
    for (const [id, total] of totals) {
      await this.#client.query('INSERT INTO counters (id, total) VALUES ($1, $2)', [id, total]);
    }
  }

  async load(ids: readonly string[]): Promise<CounterOrigin[]> {
    const { rows } = await this.#client.query<{ id: string; total: string; number: string }>(
      'SELECT id, total, number FROM counters WHERE id = ANY($1)',
      [ids],
    );
    return rows.map(({ id, total, number }) => ({ id, total: Number(total), number: Number(number) }));
  }

  async apply(batches: readonly CounterBatch[]): Promise<SinkTotal[]> {
    await this.#client.query(
      `UPDATE counters SET total = total + batch.amount, number = batch.number
       FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS batch (id, number, amount)
       WHERE counters.id = batch.id AND (counters.number < batch.number OR nextval('repeats') = 0)`,
      [batches.map(({ id }) => id), batches.map(({ number }) => number), batches.map(({ amount }) => amount)],
    );
    return this.load(batches.map(({ id }) => id));
  }

  /** As who does not know better. */
  async add(id: string, amount: number): Promise<void> {
    await this.#client.query('UPDATE counters SET total = total + $2 WHERE id = $1', [id, amount]);
  }

  /** How many batches came again. */
  async repeats(): Promise<number> {
    const { rows } = await this.#client.query<{ last_value: string; is_called: boolean }>(
      'SELECT last_value, is_called FROM repeats',
    );
    return rows[0]?.is_called === true ? Number(rows[0].last_value) : 0;
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
