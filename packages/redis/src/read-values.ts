import { inBatches, inTurn } from './batches.ts';
import { RedisFailure } from './failure.ts';
import type { Connection, Servers } from './servers.ts';

/** Keys of one MGET. */
const MAX_READS = 500;

/** What lies at a key: bytes, nothing, or unknown for the server that holds it cannot be asked. */
export type ReadValue = Buffer | undefined | RedisFailure;

/**
 * Reads keys wherever they lie. Where some of several servers cannot be asked, their keys alone are unknown; where
 * none can, it rejects.
 */
export const readValues = async (servers: Servers, names: readonly string[]): Promise<ReadValue[]> => {
  const values: ReadValue[] = new Array<undefined>(names.length).fill(undefined);
  const failures: RedisFailure[] = [];
  const groups = servers.group(names, (name) => name);
  await inTurn(groups, async ({ connection, items, places }) => {
    const read = await readFrom(connection, items).catch((error: unknown) => {
      if (!(error instanceof RedisFailure)) throw error;
      return error;
    });
    if (read instanceof RedisFailure) failures.push(...items.map(() => read));
    places.forEach((place, i) => (values[place] = Array.isArray(read) ? read[i] : read));
  });
  if (failures[0] && failures.length === names.length) throw failures[0];
  return values;
};

const readFrom = async (
  connection: Connection,
  names: readonly string[],
): Promise<(Buffer | undefined)[]> => {
  try {
    const replies = await Promise.all(
      inBatches(names, MAX_READS).map((batch) => connection.call('read', 'MGET', batch)),
    );
    return (replies as (Buffer | null)[][]).flat().map((bytes) => bytes ?? undefined);
  } catch (error) {
    const isSplit = error instanceof RedisFailure && error.isInMotion && names.length > 1;
    if (!isSplit) throw error;
    // The slot is moving to another server, and holds some of the keys here and some there.
    return (await Promise.all(names.map((name) => readFrom(connection, [name])))).flat();
  }
};
