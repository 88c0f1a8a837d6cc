import type { Argument } from '../client.ts';
import type { Connection } from '../servers.ts';
import { failureOf, RedisFailure } from '../failure.ts';
import { Script } from '../script.ts';
import type { NumberKeys } from './tags.ts';
import { CLOCK_LUA, COUNTER_LUA, LEASE_LUA, NUMBER_LUA } from './prelude.ts';

/** First letters of a lease's token: its holder makes the value; its holder only looked; it replaces a fresh value. */
export const FILL = 'f';
export const LOOK = 'l';
export const REPLACE = 'r';

/**
 * Reads values, or takes the leases to fill them, in one step; the keys differ.
 *
 * KEYS the n values; the n leases; counter of invalidations, number of the latest noticed change of a key (neither of
 *      the two on a cluster: then the number is read on its own, after the lease is taken)
 * ARGV 1 lease ms, 2 'miss' | 'if-free' | 'take', 3 deadline ms: after it no lease is taken, its holder has given up,
 *      4 n, the n tokens, for each a value that counts as a miss or ''
 * Returns of each {0, value, ttl ms of a raw counter or -1} | {1[, number]}: lease taken
 *       | {2, ms}: held by another | {3}: too late, or no memory for a lease | {4, text}: the error
 * 'if-free' and 'take' do not look at the value; 'take' ends another's lease. A lease whose token begins with
 * LOOK is that of somebody who only looked and may have forgotten it: it stands in nobody's way.
 */
const script = new Script(`${CLOCK_LUA}${COUNTER_LUA}${LEASE_LUA}${NUMBER_LUA}
local mode, n = ARGV[2], tonumber(ARGV[4])
-- nil for what holds another type of data
local known = redis.call('MGET', unpack(KEYS))
local too_late = is_late(ARGV[3], now_ms())
local has_numbers = #KEYS > 2 * n
local number
-- once, for the first that takes a lease; false where there is no memory for it
local function number_now()
  if number == nil then
    local ok, last, change = true, known[2 * n + 1], known[2 * n + 2]
    if not last then ok, last, change = pcall(last_numbers, KEYS[2 * n + 1], KEYS[2 * n + 2]) end
    number = ok and higher(last, change)
  end
  return number
end
local function one(i)
  local v, held, lease = known[i], known[n + i], KEYS[n + i]
  if mode == 'miss' and v and v ~= ARGV[4 + n + i] then
    return { 0, v, is_counter(v) and redis.call('PTTL', KEYS[i]) or -1 }
  end
  if too_late then return { 3 } end
  if mode ~= 'take' and held and string.sub(held, 1, 1) ~= '${LOOK}' then
    return { 2, redis.call('PTTL', lease) }
  end
  if has_numbers and not number_now() then return { 3 } end
  local taken = redis.pcall('SET', lease, taken_over(held, ARGV[4 + i]), 'PX', ARGV[1])
  if taken.err then return string.find(taken.err, 'OOM', 1, true) and { 3 } or { 4, taken.err } end
  return has_numbers and { 1, number } or { 1 }
end
local reply, found, refusal = {}, false, nil
for i = 1, n do
  reply[i] = one(i)
  if reply[i][1] == 0 then found = true elseif reply[i][1] == 4 then refusal = reply[i][2] end
end
-- As an error it says more (a replica is left), as part of an answer it does not hide what is there.
return refusal and not found and { err = refusal } or reply
`);

export interface LeaseRequest {
  readonly value: string;
  readonly lease: string;
  readonly numbers: NumberKeys | undefined;
  readonly token: string;
  readonly leaseMs: number;
  readonly mode: 'miss' | 'if-free' | 'take';
  /** Bytes that were found dead; they count as a miss. */
  readonly dead: Buffer | undefined;
}

export type LeaseReply =
  | { readonly kind: 'value'; readonly bytes: Buffer; readonly counterTtlMs: number }
  | { readonly kind: 'taken'; readonly number: number | undefined }
  | { readonly kind: 'held'; readonly forMs: number }
  | { readonly kind: 'refused' };

/**
 * All of one mode, and of different keys. A lease's token must be new: an answer that came too late may have taken it.
 */
export const readForFill = async (
  connection: Connection,
  requests: readonly LeaseRequest[],
): Promise<(LeaseReply | Error)[]> => {
  const [first] = requests;
  if (!first) return [];
  const { clock, commandTimeoutMs } = connection;
  if (!connection.isUp) await connection.whenUp('read');
  const deadlineMs = connection.serverClock.atLeast(clock.now()) + commandTimeoutMs;
  const { numbers, leaseMs, mode } = first;
  const keys: string[] = [];
  for (const { value } of requests) keys.push(value);
  for (const { lease } of requests) keys.push(lease);
  if (numbers) keys.push(numbers.counter, numbers.mark);
  const args: Argument[] = [leaseMs, mode, deadlineMs, requests.length];
  for (const { token } of requests) args.push(token);
  for (const { dead } of requests) args.push(dead ?? '');
  const replies = await script.run(connection, 'read', keys, args).catch((error: unknown) => {
    // What was sent about several keys was sent to one server, where nothing is ever on its way.
    if (!(error instanceof RedisFailure) || !error.isInMotion || requests.length > 1) throw error;
    return readOnly(connection, first).then((reply) => [reply]);
  });
  return (replies as [number, ...unknown[]][]).map((reply) => toReply(reply, numbers !== undefined));
};

const toReply = (reply: [number, ...unknown[]], hasNumber: boolean): LeaseReply | Error => {
  switch (reply[0]) {
    case 0:
      return { kind: 'value', bytes: reply[1] as Buffer, counterTtlMs: Number(reply[2]) };
    case 1:
      return { kind: 'taken', number: hasNumber ? Number(String(reply[1])) : undefined };
    case 2:
      return { kind: 'held', forMs: Math.max(0, Number(reply[1])) };
    case 4:
      return failureOf('read', String(reply[1]));
    default:
      return { kind: 'refused' };
  }
};

/**
 * While a slot is on its way to another node of a cluster, a command about two of its keys that are not both here or
 * there is refused, and one about a single key is not. So the value is read on its own; where there is none, nobody
 * gets a lease, and what is made then is not stored.
 */
const readOnly = async (
  connection: Connection,
  { value, mode, dead }: LeaseRequest,
): Promise<[number, ...unknown[]]> => {
  if (mode !== 'miss') return [3];
  const bytes = (await connection.call('read', 'GET', [value])) as Buffer | null;
  return bytes === null || dead?.equals(bytes) === true
    ? [3]
    : [0, bytes, await ttlOf(connection, value, bytes)];
};

/** Of a raw counter; -1 for anything else. */
const ttlOf = async (connection: Connection, value: string, bytes: Buffer): Promise<number> =>
  bytes.length <= 17 ? Number(await connection.call('read', 'PTTL', [value])) : -1;
