import type { Redis } from 'ioredis';
import type { PostgresTable } from './postgres-table.ts';

/** Write-behind as it is often written: a number in Redis, which somebody carries to the database now and then. */
export type NaivePattern = 'naive' | 'get-update-decrby';

export const naiveKey = (prefix: string, id: string): string => `${prefix}${id}`;

/** `naive`: GETDEL, then UPDATE. The other: GET, UPDATE, then DECRBY. */
export const flushNaively = async (
  pattern: NaivePattern,
  client: Redis,
  table: PostgresTable,
  keys: ReadonlyMap<string, string>,
): Promise<void> => {
  for (const [id, key] of keys) {
    const pending = Number((await (pattern === 'naive' ? client.getdel(key) : client.get(key))) ?? 0);
    if (pending === 0) continue;
    await table.add(id, pending);
    if (pattern === 'get-update-decrby') await client.decrby(key, pending);
  }
};
