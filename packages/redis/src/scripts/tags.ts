import type { RemovalMode } from '@keepsake/core';
import type { Argument } from '../client.ts';
import type { Connection } from '../servers.ts';
import { Script } from '../script.ts';
import { msArg } from './life-args.ts';
import { ANNOUNCE_LUA, CHANGED_LUA, NOTICED_MS, NUMBER_LUA } from './prelude.ts';

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

/** Where the numbers lie. */
export interface NumberKeys {
  /** The number of the last invalidation. */
  readonly counter: string;
  /** The number of the latest noticed change: of a key, or by an invalidation. Absent: nobody notices. */
  readonly mark: string;
}

/**
 * Reads tag records before a store; a missing one is created. That of a tag at the number of the last invalidation,
 * that of a key's own tag at the latest change of whatever key: what was made from data read before is stored dead
 * rather than alive. Where changes of keys were not noticed so far, they are from now on, and any may have happened.
 *
 * KEYS 1 counter, 2 latest noticed change, then records
 * ARGV 1 ms that the records must live at least (-1: forever), 2 the place in KEYS of the first record of a key
 * Returns {current number, record, record, ...}
 */
const ensureScript = new Script(`${NUMBER_LUA}
local n, c = last_numbers(KEYS[1], KEYS[2])
local ttl, first_of_key = tonumber(ARGV[1]), tonumber(ARGV[2])
if #KEYS >= first_of_key then
  if c then redis.call('PEXPIRE', KEYS[2], '${NOTICED_MS}')
  else
    c = draw(n, false)
    redis.call('SET', KEYS[2], c, 'PX', '${NOTICED_MS}')
  end
end
local current = higher(n, c)
local out = { current }
for i = 3, #KEYS do
  local r = redis.pcall('GET', KEYS[i])
  if type(r) ~= 'string' then
    r = (i < first_of_key and n or current) .. ' 0'
    if ttl < 0 then redis.call('SET', KEYS[i], r) else redis.call('SET', KEYS[i], r, 'PX', ARGV[1]) end
  else
    local left = redis.call('PTTL', KEYS[i])
    if left >= 0 and ttl < 0 then redis.call('PERSIST', KEYS[i])
    elseif left >= 0 and left < ttl then redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
  end
  out[i - 1] = r
end
return out
`);

/** `plain` and `ofKeys` are the records of tags and of keys' own tags; they are answered in that order. */
export const ensureTags = async (
  connection: Connection,
  { counter, mark }: NumberKeys,
  plain: readonly string[],
  ofKeys: readonly string[],
  ttlMs: number,
): Promise<{ readonly current: number; readonly records: readonly (TagRecord | undefined)[] }> => {
  const keys = [counter, mark, ...plain, ...ofKeys];
  const reply = await ensureScript.run(connection, 'tags', keys, [msArg(ttlMs), plain.length + 3]);
  const [current, ...rest] = reply as unknown[];
  return { current: Number(String(current)), records: rest.map(parseTagRecord) };
};

/**
 * KEYS 1 counter, 2 latest noticed change. Returns the number that what is made from now on is made at: of the last
 * invalidation, or of the latest noticed change where that is higher.
 */
const currentScript = new Script(`${NUMBER_LUA}
return higher(last_numbers(KEYS[1], KEYS[2]))
`);

export const currentNumber = async (connection: Connection, { counter, mark }: NumberKeys): Promise<number> =>
  Number(String(await currentScript.run(connection, 'read', [counter, mark], [])));

/**
 * Draws the next number, writes it on the records that exist, and tells the bus. A missing record needs none: what
 * carries the tag is invalid, and a record made later starts at the number drawn here or above.
 * The records count as well: on a server that has lost the counter and whose clock was set back, the next number would
 * else be below theirs, and what they had ended would come back.
 * Without memory to write, records and counter are deleted instead: missing is invalid, and the next number
 * comes from the clock and is above all.
 *
 * KEYS 1 counter, 2 latest noticed change, then records
 * ARGV 1 'delete' | 'expire', 2 channel of the bus, 3 and on messages (none of them: no bus)
 */
const invalidateScript = new Script(`${NUMBER_LUA}${ANNOUNCE_LUA}
announce(2)
local function write()
  local known = redis.call('MGET', KEYS[1], KEYS[2])
  local last = tonumber(known[1] or '0')
  for i = 3, #KEYS do
    known[i] = redis.call('GET', KEYS[i])
    for one in string.gmatch(known[i] or '', '%d+') do last = math.max(last, tonumber(one)) end
  end
  local next = draw(string.format('%.0f', last), known[2])
  redis.call('SET', KEYS[1], next)
  if known[2] then redis.call('SET', KEYS[2], next, 'KEEPTTL') end
  for i = 3, #KEYS do
    if known[i] then
      local removed, expired = string.match(known[i], '^(%d+) (%d+)$')
      if ARGV[1] == 'expire' and removed then known[i] = removed .. ' ' .. next
      else known[i] = next .. ' ' .. (expired or '0') end
      redis.call('SET', KEYS[i], known[i], 'KEEPTTL')
    end
  end
end
if not pcall(write) then redis.call('DEL', unpack(KEYS)) end
return 1
`);

export const invalidateTagRecords = async (
  connection: Connection,
  { counter, mark }: NumberKeys,
  records: readonly string[],
  mode: RemovalMode,
  announcement: readonly Argument[],
): Promise<void> => {
  await invalidateScript.run(connection, 'invalidate', [counter, mark, ...records], [mode, ...announcement]);
};

/**
 * Keys have no value any more, whether they had one or not: raises their own tags.
 *
 * KEYS 1 latest noticed change, then records of keys
 */
const clearedScript = new Script(`${CHANGED_LUA}
changed(1, 'delete')
return 1
`);

export const raiseKeyTags = async (
  connection: Connection,
  mark: string,
  records: readonly string[],
): Promise<void> => {
  await clearedScript.run(connection, 'clear', [mark, ...records], []);
};
