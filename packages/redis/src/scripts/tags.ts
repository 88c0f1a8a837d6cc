import type { RemovalMode } from '@keepsake/core';
import type { RedisConnection } from '../connection.ts';
import { Script } from '../script.ts';
import { msArg } from './life-args.ts';
import { NUMBER_LUA } from './prelude.ts';

/** What a tag's record says: the numbers of its last invalidations of either kind. */
export interface TagRecord {
  readonly removed: number;
  readonly expired: number;
}

/** `"<removed> <expired>"`; anything else is no record, and what carries the tag is invalid. */
export const parseTagRecord = (reply: unknown): TagRecord | undefined => {
  const match = reply === null || reply === undefined ? null : /^(\d{1,16}) (\d{1,16})$/.exec(String(reply));
  return match ? { removed: Number(match[1]), expired: Number(match[2]) } : undefined;
};

/**
 * Reads tag records before a store; a missing one is created at the current number, so that what was made
 * from data read before some invalidation since is stored dead rather than alive.
 *
 * KEYS 1 counter, then records
 * ARGV 1 ms that the records must live at least (-1: forever)
 * Returns {current number, record, record, ...}
 */
const ensureScript = new Script(`${NUMBER_LUA}
local current = current_number(KEYS[1])
local out = { current }
local ttl = tonumber(ARGV[1])
for i = 2, #KEYS do
  local r = redis.call('GET', KEYS[i])
  if not r then
    r = current .. ' 0'
    if ttl < 0 then redis.call('SET', KEYS[i], r) else redis.call('SET', KEYS[i], r, 'PX', ARGV[1]) end
  else
    local left = redis.call('PTTL', KEYS[i])
    if left >= 0 and ttl < 0 then redis.call('PERSIST', KEYS[i])
    elseif left >= 0 and left < ttl then redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
  end
  out[i] = r
end
return out
`);

export const ensureTags = async (
  connection: RedisConnection,
  counter: string,
  records: readonly string[],
  ttlMs: number,
): Promise<{ readonly current: number; readonly records: readonly (TagRecord | undefined)[] }> => {
  const reply = await ensureScript.run(connection, 'tags', [counter, ...records], [msArg(ttlMs)]);
  const [current, ...rest] = reply as unknown[];
  return { current: Number(String(current)), records: rest.map(parseTagRecord) };
};

/**
 * Draws the next number and writes it on the records that exist. A missing record needs none: what carries
 * the tag is invalid, and a record made later starts at the number drawn here or above.
 * Without memory to write, records and counter are deleted instead: missing is invalid, and the next number
 * comes from the clock and is above all.
 *
 * KEYS 1 counter, then records
 * ARGV 1 'delete' | 'expire'
 */
const invalidateScript = new Script(`
local t = redis.call('TIME')
local next = string.format('%.0f', math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, t[1] * 1000000 + t[2]))
local function write()
  redis.call('SET', KEYS[1], next)
  for i = 2, #KEYS do
    local r = redis.call('GET', KEYS[i])
    if r then
      local removed, expired = string.match(r, '^(%d+) (%d+)$')
      if ARGV[1] == 'expire' and removed then r = removed .. ' ' .. next
      else r = next .. ' ' .. (expired or '0') end
      redis.call('SET', KEYS[i], r, 'KEEPTTL')
    end
  end
end
if not pcall(write) then
  for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end
end
return next
`);

export const invalidateTagRecords = async (
  connection: RedisConnection,
  counter: string,
  records: readonly string[],
  mode: RemovalMode,
): Promise<void> => {
  await invalidateScript.run(connection, 'invalidate', [counter, ...records], [mode]);
};
