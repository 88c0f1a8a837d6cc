import type { CounterBatch, CounterOrigin } from '@keepsake/core';
import type { CounterSink, SinkTotal } from '@keepsake/entities';
import { Pool } from 'pg';

/** A table of counters in PostgreSQL. The sequence `repeats` counts the batches that came again and were refused. */
export class PostgresTable implements CounterSink {
  readonly #pool: Pool;

  constructor(url: string) {
    this.#pool = new Pool({ connectionString: url, max: 4 });
    // A lost connection fails the query that waits for it.
    this.#pool.on('error', () => undefined);
  }

  /** Proof that it answers. */
  async connect(): Promise<void> {
    await this.#pool.query('SELECT 1');
  }

  async create(totals: ReadonlyMap<string, number>): Promise<void> {
    await this.#pool.query(`
      DROP TABLE IF EXISTS counters;
      DROP SEQUENCE IF EXISTS repeats;
      CREATE TABLE counters (id text PRIMARY KEY, total bigint NOT NULL, number bigint NOT NULL DEFAULT 0);
      CREATE SEQUENCE repeats`);
    for (const [id, total] of totals) {
      await this.#pool.query('INSERT INTO counters (id, total) VALUES ($1, $2)', [id, total]);
    }
  }

  async load(ids: readonly string[]): Promise<CounterOrigin[]> {
    const { rows } = await this.#pool.query<{ id: string; total: string; number: string }>(
      'SELECT id, total, number FROM counters WHERE id = ANY($1)',
      [ids],
    );
    return rows.map(({ id, total, number }) => ({ id, total: Number(total), number: Number(number) }));
  }

  async apply(batches: readonly CounterBatch[]): Promise<SinkTotal[]> {
    await this.#transact(
      `UPDATE counters SET total = total + batch.amount, number = batch.number
       FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS batch (id, number, amount)
       WHERE counters.id = batch.id AND (counters.number < batch.number OR nextval('repeats') = 0)`,
      [batches.map(({ id }) => id), batches.map(({ number }) => number), batches.map(({ amount }) => amount)],
    );
    return this.load(batches.map(({ id }) => id));
  }

  /** As who does not know better. */
  async add(id: string, amount: number): Promise<void> {
    await this.#transact('UPDATE counters SET total = total + $2 WHERE id = $1', [id, amount]);
  }

  /** As apps have it around all that they write: three round trips, and so moments at which nothing is certain. */
  async #transact(sql: string, parameters: readonly unknown[]): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(sql, [...parameters]);
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // Not used again: who knows what it is in the middle of.
      client.release(true);
      throw error;
    }
  }

  /** How many batches came again. */
  async repeats(): Promise<number> {
    const { rows } = await this.#pool.query<{ last_value: string; is_called: boolean }>(
      'SELECT last_value, is_called FROM repeats',
    );
    return rows[0]?.is_called === true ? Number(rows[0].last_value) : 0;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
