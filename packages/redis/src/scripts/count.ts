import type { Argument } from '../client.ts';
import type { Connection } from '../servers.ts';
import { Script } from '../script.ts';
import { msArg } from './life-args.ts';
import { ANNOUNCE_LUA, CHANGED_LUA, CLOCK_LUA, COUNTER_LUA, LEASE_LUA } from './prelude.ts';

/**
 * Adds to a raw integer, or creates one, ends the lease of its key and raises the key's own tag. After its deadline
 * it does nothing. The bus is told of a new one only: an older value may still lie in somebody's memory after Redis
 * has evicted it, while a number that lies in Redis is never kept there.
 *
 * KEYS 1 value, 2 lease, 3 latest noticed change, 4 record of the key's own tag
 * ARGV 1 deadline ms, 2 by, 3 ttl ms of a new one (-1: forever), 4 channel of the bus, 5 a message (neither: nobody
 *      is told)
 * Returns {code, server ms[, result]}: 1 added (the sum), 2 no integer or out of range, 3 an entry (its bytes:
 *      the caller adds to it by `swap`), 4 too late
 */
const script = new Script(`${CLOCK_LUA}${COUNTER_LUA}${LEASE_LUA}${CHANGED_LUA}${ANNOUNCE_LUA}
local MAX = 9007199254740991
local now = now_ms()
if is_late(ARGV[1], now) then return { 4, now } end
local v = redis.pcall('GET', KEYS[1])
if type(v) == 'table' then return { 2, now } end
local by = tonumber(ARGV[2])
if not v then
  announce(4)
  changed(3, 'delete')
  if ARGV[3] == '-1' then redis.call('SET', KEYS[1], ARGV[2])
  else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
  end_lease(KEYS[2])
  return { 1, now, ARGV[2] }
end
if not is_counter(v) then
  if string.sub(v, 1, 2) == '\\197\\075' then return { 3, now, v } end
  return { 2, now }
end
if #v > 17 or math.abs(tonumber(v)) > MAX or math.abs(tonumber(v) + by) > MAX then return { 2, now } end
changed(3, 'delete')
local sum = redis.call('INCRBY', KEYS[1], ARGV[2])
end_lease(KEYS[2])
return { 1, now, string.format('%.0f', sum) }
`);

export type CountReply =
  | { readonly outcome: 'added'; readonly sum: number }
  | { readonly outcome: 'no-integer' }
  | { readonly outcome: 'entry'; readonly bytes: Buffer }
  | { readonly outcome: 'late'; readonly serverMs: number };

export const count = async (
  connection: Connection,
  keys: readonly string[],
  by: number,
  ttlMs: number,
  deadlineMs: number,
  announcement: readonly Argument[],
): Promise<CountReply> => {
  const args = [deadlineMs, by, msArg(ttlMs), ...announcement];
  const reply = await script.run(connection, 'increment', keys, args);
  const [code, serverMs, result] = reply as [number, number, Buffer?];
  if (code === 1) return { outcome: 'added', sum: Number(String(result)) };
  if (code === 3) return { outcome: 'entry', bytes: result ?? Buffer.alloc(0) };
  if (code === 4) return { outcome: 'late', serverMs };
  return { outcome: 'no-integer' };
};

/**
 * Replaces a value only if it is still the one that was read, ends the lease of its key, raises the key's own tag
 * and tells the bus.
 *
 * KEYS 1 value, 2 lease, 3 latest noticed change, 4 record of the key's own tag
 * ARGV 1 deadline ms, 2 what it must hold, 3 what it is to hold, 4 ttl ms, -1: forever, '': as it was,
 *      5 channel of the bus, 6 a message (neither: nobody is told)
 * Returns {code, server ms}: 1 replaced, 0 it changed, 4 too late
 */
const swapScript = new Script(`${CLOCK_LUA}${LEASE_LUA}${CHANGED_LUA}${ANNOUNCE_LUA}
local now = now_ms()
if is_late(ARGV[1], now) then return { 4, now } end
if redis.pcall('GET', KEYS[1]) ~= ARGV[2] then return { 0, now } end
announce(5)
changed(3, 'delete')
if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3], 'KEEPTTL')
elseif ARGV[4] == '-1' then redis.call('SET', KEYS[1], ARGV[3])
else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
end_lease(KEYS[2])
return { 1, now }
`);

export type SwapReply =
  { readonly outcome: 'swapped' | 'changed' } | { readonly outcome: 'late'; readonly serverMs: number };

export const swap = async (
  connection: Connection,
  keys: readonly string[],
  from: Buffer,
  to: Buffer | string,
  ttlMs: number | 'as it was',
  deadlineMs: number,
  announcement: readonly Argument[],
): Promise<SwapReply> => {
  const ttl = ttlMs === 'as it was' ? '' : msArg(ttlMs);
  const args = [deadlineMs, from, to, ttl, ...announcement];
  const reply = await swapScript.run(connection, 'increment', keys, args);
  const [code, serverMs] = reply as [number, number];
  if (code === 4) return { outcome: 'late', serverMs };
  return { outcome: code === 1 ? 'swapped' : 'changed' };
};
