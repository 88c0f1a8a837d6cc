import type { Lifetime } from '@keepsake/core';
import type { Argument } from '../client.ts';
import type { Connection } from '../servers.ts';
import { Script } from '../script.ts';
import { lifeArgs, msArg } from './life-args.ts';
import { ANNOUNCE_LUA, CHANGED_LUA, CLOCK_LUA, COUNTER_LUA, FRAME_LUA, LEASE_LUA } from './prelude.ts';

/**
 * Stores an entry if its condition holds, and ends the lease of its key; see store-many.ts for those whose condition
 * says beforehand whether others are told. Executed after its deadline (sent
 * again, or out of the buffer of a server that was frozen) it does nothing. What replaces a value that others may
 * have seen raises the key's own tag and tells the bus in the same step; a fill after a miss does neither.
 *
 * KEYS 1 value, 2 lease; but for a fill: 3 latest noticed change, 4 record of the key's own tag
 * ARGV 1 'always' | 'absent' | 'fence', 2 token of the fence, 3 deadline ms or '', 4 age ms,
 *      5..8 fresh, swr, grace, sliding ms (-1: forever), 9 flags, 10 body, 11 a value that counts as absent or '',
 *      12 '1': do not store, only remove what is there (the value is too large),
 *      13 channel of the bus, 14 a message (neither: nobody is told)
 * Returns {code, server ms[, value]}: 0 fence ended, 1 stored, 2 present, 3 present and tagged (with the value:
 *      the caller judges its tags), 4 too late, 5 no memory (what was there is removed), 6 removed
 */
const script = new Script(`${CLOCK_LUA}${COUNTER_LUA}${FRAME_LUA}${LEASE_LUA}${CHANGED_LUA}${ANNOUNCE_LUA}
local now = now_ms()
if is_late(ARGV[3], now) then return { 4, now } end
local held = ARGV[1] == 'fence' and redis.call('GET', KEYS[2])
if ARGV[1] == 'fence' and holder(held) ~= ARGV[2] then return { 0, now } end
if ARGV[1] == 'absent' then
  local v = redis.pcall('GET', KEYS[1])
  if type(v) == 'string' and v ~= ARGV[11] then
    if is_counter(v) then return { 2, now } end
    local there = read_life(v)
    if there and now < there.swr and not there.negative then
      if there.tagged then return { 3, now, v } end
      return { 2, now }
    end
  end
end
announce(13)
changed(3, 'delete')
if ARGV[12] == '1' then
  redis.call('UNLINK', KEYS[1])
  end_lease(KEYS[2], held)
  return { 6, now }
end
local life = new_life(tonumber(ARGV[9]), now, tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]),
  tonumber(ARGV[7]), tonumber(ARGV[8]))
local done = put(KEYS[1], life, ARGV[10], now)
if type(done) == 'table' and done.err then
  if not string.find(done.err, 'OOM', 1, true) then return done end
  redis.call('UNLINK', KEYS[1])
  end_lease(KEYS[2], held)
  return { 5, now }
end
end_lease(KEYS[2], held)
return { 1, now }
`);

export interface StoreRequest {
  readonly value: string;
  readonly lease: string;
  readonly condition: 'always' | 'absent' | { readonly token: string };
  /** Server time after which it must do nothing. */
  readonly deadlineMs: number | undefined;
  readonly ageMs: number;
  readonly life: Lifetime;
  readonly flags: number;
  readonly body: Buffer;
  readonly dead: Buffer | undefined;
  readonly isTooLarge: boolean;
  /** Redis keys and arguments by which a change is noticed and told; none of either for a fill after a miss. */
  readonly change: { readonly keys: readonly string[]; readonly announcement: readonly Argument[] };
}

export type StoreReply =
  | { readonly outcome: 'fenced' | 'stored' | 'present' | 'full' | 'too-large' }
  | { readonly outcome: 'present-tagged'; readonly bytes: Buffer }
  | { readonly outcome: 'late'; readonly serverMs: number };

const OUTCOMES = ['fenced', 'stored', 'present', 'present-tagged', 'late', 'full', 'too-large'] as const;

export const store = async (connection: Connection, request: StoreRequest): Promise<StoreReply> => {
  const { value, lease, condition, deadlineMs, ageMs, life, flags, body, dead, isTooLarge, change } = request;
  const isFenced = typeof condition === 'object';
  const [code, serverMs, bytes] = (await script.run(
    connection,
    'store',
    [value, lease, ...change.keys],
    [
      isFenced ? 'fence' : condition,
      isFenced ? condition.token : '',
      deadlineMs ?? '',
      msArg(ageMs),
      ...lifeArgs(life),
      flags,
      isTooLarge ? '' : body,
      dead ?? '',
      isTooLarge ? '1' : '',
      ...change.announcement,
    ],
  )) as [number, number, Buffer?];
  const outcome = OUTCOMES[code] ?? 'full';
  if (outcome === 'late') return { outcome, serverMs };
  if (outcome === 'present-tagged') return { outcome, bytes: bytes ?? Buffer.alloc(0) };
  return { outcome };
};
