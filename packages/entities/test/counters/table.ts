import type { CounterBatch, CounterOrigin } from '@keepsake/core';
import type { CounterSink, SinkTotal } from '@keepsake/entities';

/** A table in a database, of which each call is one transaction. */
export class Table implements CounterSink {
  readonly rows: Map<string, { total: number; number: number }> = new Map();
  readonly calls: (readonly CounterBatch[])[] = [];
  readonly loads: (readonly string[])[] = [];
  mode: 'up' | 'down' | 'frozen' | 'lost-reply' = 'up';
  /** Rows that cannot be written, whatever stands beside them in the call. */
  readonly broken: Set<string> = new Set();

  async load(ids: readonly string[]): Promise<CounterOrigin[]> {
    this.loads.push(ids);
    await this.#meet();
    return ids.flatMap((id) => {
      const row = this.rows.get(id);
      return row ? [{ id, ...row }] : [];
    });
  }

  async apply(batches: readonly CounterBatch[]): Promise<SinkTotal[]> {
    this.calls.push(batches);
    await this.#meet();
    if (batches.some(({ id }) => this.broken.has(id))) throw new Error('a row is broken');
    for (const { id, number, amount } of batches) {
      const row = this.rows.get(id) ?? { total: 0, number: 0 };
      if (row.number < number) this.rows.set(id, { total: row.total + amount, number });
    }
    if (this.mode === 'lost-reply') throw new Error('the answer was lost');
    return batches.map(({ id }) => ({ id, total: this.total(id) }));
  }

  total(id: string): number {
    return this.rows.get(id)?.total ?? 0;
  }

  async #meet(): Promise<void> {
    if (this.mode === 'down') throw new Error('the database is down');
    if (this.mode === 'frozen') await new Promise(() => undefined);
  }
}
