import type { RemovalMode } from '@keepsake/core';
import type { RedisConnection } from '../connection.ts';
import { Script } from '../script.ts';
import { CLOCK_LUA, FRAME_LUA } from './prelude.ts';

/**
 * Deletes or expires entries and ends the leases of their keys, value and lease in one step.
 *
 * KEYS value and lease, in pairs
 * ARGV 1 'delete' | 'expire'
 * Returns how many entries were there
 * `expire`: fresh until now; the windows for stale service start now and never grow longer. A raw counter has
 * none and is deleted.
 */
const script = new Script(`${CLOCK_LUA}${FRAME_LUA}
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
local count = 0
local now = now_ms()
for i = 1, #KEYS, 2 do
  if ARGV[1] == 'expire' then count = count + expire(KEYS[i], now)
  else count = count + redis.call('UNLINK', KEYS[i]) end
  redis.call('UNLINK', KEYS[i + 1])
end
return count
`);

/** Keys of one call: a call must not hold the server up. */
export const MAX_REMOVALS = 100;

export const remove = async (
  connection: RedisConnection,
  pairs: readonly { readonly value: string; readonly lease: string }[],
  mode: RemovalMode,
): Promise<number> => {
  const keys = pairs.flatMap(({ value, lease }) => [value, lease]);
  return Number(await script.run(connection, 'remove', keys, [mode]));
};

/** KEYS 1 value; ARGV 1 the bytes it must still hold. Returns 1 where it was deleted. */
const dropScript = new Script(`
local v = redis.pcall('GET', KEYS[1])
if v == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end
return 0
`);

/** Deletes a value only if it is still these bytes. */
export const dropIfEqual = async (
  connection: RedisConnection,
  value: string,
  bytes: Buffer,
): Promise<boolean> => Number(await dropScript.run(connection, 'drop', [value], [bytes])) === 1;
