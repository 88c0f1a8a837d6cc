import type { RemovalMode } from '@keepsake/core';
import type { Argument } from '../client.ts';
import type { Connection } from '../servers.ts';
import { RedisFailure } from '../failure.ts';
import { Script } from '../script.ts';
import { ANNOUNCE_LUA, CHANGED_LUA, CLOCK_LUA, FRAME_LUA, LEASE_LUA } from './prelude.ts';

/**
 * Deletes or expires entries, ends the leases of their keys, raises the keys' own tags and tells the bus, in one step.
 *
 * KEYS value and lease, in pairs; latest noticed change; the record of each key's own tag (neither
 *      on a cluster)
 * ARGV 1 'delete' | 'expire', 2 count of pairs, 3 channel of the bus, 4 and on messages (none of them: nobody is told)
 * Returns how many entries were there
 * `expire`: fresh until now; the windows for stale service start now and never grow longer. A raw counter has
 * none and is deleted.
 */
const script = new Script(`${CLOCK_LUA}${FRAME_LUA}${LEASE_LUA}${CHANGED_LUA}${ANNOUNCE_LUA}
local function expire(key, now)
  local v = redis.pcall('GET', key)
  if type(v) ~= 'string' then return redis.call('UNLINK', key) end
  local life = read_life(v)
  if not life then return redis.call('UNLINK', key) end
  if life.fresh <= now then return 1 end
  local function window(till)
    if life.fresh >= FOREVER then return 0 end
    return till - life.fresh
  end
  life.swr = math.min(life.swr, now + window(life.swr))
  life.grace = math.min(life.grace, now + window(life.grace))
  life.fresh = now
  local done = put(key, life, string.sub(v, life.body), now)
  -- no memory to write it: gone is stale enough
  if type(done) == 'table' and done.err then redis.call('UNLINK', key) end
  return 1
end
announce(3)
local pairs_end = ARGV[2] * 2
changed(pairs_end + 1, ARGV[1])
local count = 0
local now = now_ms()
for i = 1, pairs_end, 2 do
  if ARGV[1] == 'expire' then count = count + expire(KEYS[i], now)
  else count = count + redis.call('UNLINK', KEYS[i]) end
  end_lease(KEYS[i + 1])
end
return count
`);

/** Keys of one call: a call must not hold the server up. */
export const MAX_REMOVALS = 100;

/** Where one key's own things lie. */
export interface KeyPlaces {
  readonly value: string;
  readonly lease: string;
  /** The record of the key's own tag. */
  readonly record: string;
}

export const remove = async (
  connection: Connection,
  places: readonly KeyPlaces[],
  mark: string | undefined,
  mode: RemovalMode,
  announcement: readonly Argument[],
): Promise<number> => {
  const pairs = places.flatMap(({ value, lease }) => [value, lease]);
  const changes = mark === undefined ? [] : [mark, ...places.map(({ record }) => record)];
  const keys = [...pairs, ...changes];
  const args = [mode, places.length, ...announcement];
  const count = await script.run(connection, 'remove', keys, args).catch((error: unknown) => {
    if (!(error instanceof RedisFailure) || !error.isInMotion) throw error;
    return removeOneByOne(connection, places);
  });
  return Number(count);
};

/**
 * For keys whose slot is on its way to another node of a cluster: there a command may name one key only. The lease
 * first, so that no fill that began before stores behind it; an entry that was to be stale is gone.
 */
const removeOneByOne = async (connection: Connection, places: readonly KeyPlaces[]): Promise<number> => {
  let count = 0;
  for (const { value, lease } of places) {
    await connection.call('remove', 'UNLINK', [lease]);
    count += Number(await connection.call('remove', 'UNLINK', [value]));
  }
  return count;
};

/** KEYS 1 value; ARGV 1 the bytes it must still hold. Returns 1 where it was deleted. */
const dropScript = new Script(`
local v = redis.pcall('GET', KEYS[1])
if v == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end
return 0
`);

/** Deletes a value only if it is still these bytes. */
export const dropIfEqual = async (connection: Connection, value: string, bytes: Buffer): Promise<boolean> =>
  Number(await dropScript.run(connection, 'drop', [value], [bytes])) === 1;
