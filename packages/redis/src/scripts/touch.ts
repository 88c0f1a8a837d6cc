import type { Connection } from '../servers.ts';
import { Script } from '../script.ts';
import { msArg } from './life-args.ts';
import { CLOCK_LUA, COUNTER_LUA, FRAME_LUA } from './prelude.ts';

/**
 * Makes an entry fresh from now, its stale windows as long as they were. After its deadline it does nothing.
 *
 * KEYS 1 value
 * ARGV 1 deadline ms or '', 2 fresh ms (-1: forever), 3 a tagged value whose tags the caller has found valid, or '',
 *      4 a body to put in the place of its own (with a number above those that its tags were expired at), or ''
 * Returns {code, server ms[, value]}: 0 nothing there, 1 done, 3 tagged (judge it and come again), 4 too late
 */
const script = new Script(`${CLOCK_LUA}${COUNTER_LUA}${FRAME_LUA}
local now = now_ms()
if is_late(ARGV[1], now) then return { 4, now } end
local v = redis.pcall('GET', KEYS[1])
if type(v) ~= 'string' then return { 0, now } end
local fresh = tonumber(ARGV[2])
if is_counter(v) then
  if fresh < 0 then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return { 1, now }
end
local life = read_life(v)
if not life or life.grace <= now then return { 0, now } end
if life.tagged and v ~= ARGV[3] then return { 3, now, v } end
local function window(till) return life.fresh >= FOREVER and 0 or till >= FOREVER and -1 or till - life.fresh end
local sliding = life.sliding > 0 and math.max(fresh, 0) or 0
local again = new_life(life.flags, now, 0, fresh, window(life.swr), window(life.grace), sliding)
again.created = life.created
local body = ARGV[4] ~= '' and ARGV[4] or string.sub(v, life.body)
local done = put(KEYS[1], again, body, now)
if type(done) == 'table' and done.err then return done end
return { 1, now }
`);

export type TouchReply =
  | { readonly outcome: 'absent' | 'done' }
  | { readonly outcome: 'tagged'; readonly bytes: Buffer }
  | { readonly outcome: 'late'; readonly serverMs: number };

export const touch = async (
  connection: Connection,
  value: string,
  freshMs: number,
  deadlineMs: number,
  approved: { readonly bytes: Buffer; readonly body: Buffer | undefined } | undefined,
): Promise<TouchReply> => {
  const args = [deadlineMs, msArg(freshMs), approved?.bytes ?? '', approved?.body ?? ''];
  const [code, serverMs, bytes] = (await script.run(connection, 'touch', [value], args)) as [
    number,
    number,
    Buffer?,
  ];
  if (code === 3) return { outcome: 'tagged', bytes: bytes ?? Buffer.alloc(0) };
  if (code === 4) return { outcome: 'late', serverMs };
  return { outcome: code === 1 ? 'done' : 'absent' };
};
