/** Stands for the database: tables in memory, queries that take a moment and are counted. */
export class Table<Row extends { id: string }> {
  readonly #rows = new Map<string, Row>();
  queries = 0;

  constructor(rows: readonly Row[] = []) {
    for (const row of rows) this.#rows.set(row.id, row);
  }

  async find(id: string): Promise<Row | undefined> {
    return (await this.where((row) => row.id === id))[0];
  }

  async where(holds: (row: Row) => boolean): Promise<Row[]> {
    this.queries += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return [...this.#rows.values()].filter(holds).map((row) => ({ ...row }));
  }

  async save(row: Row): Promise<void> {
    this.queries += 1;
    this.#rows.set(row.id, { ...row });
  }

  async delete(id: string): Promise<void> {
    this.queries += 1;
    this.#rows.delete(id);
  }
}
