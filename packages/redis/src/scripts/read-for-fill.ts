import type { Argument } from '../client.ts';
import type { Connection } from '../servers.ts';
import { RedisFailure } from '../failure.ts';
import { Script } from '../script.ts';
import type { NumberKeys } from './tags.ts';
import { CLOCK_LUA, COUNTER_LUA, LEASE_LUA, NUMBER_LUA } from './prelude.ts';

/** First letters of a lease's token: its holder makes the value; its holder only looked; it replaces a fresh value. */
export const FILL = 'f';
export const LOOK = 'l';
export const REPLACE = 'r';

/**
 * Reads a value, or takes the lease to fill it, in one step.
 *
 * KEYS 1 value, 2 lease, 3 counter of invalidations, 4 number of the latest noticed change of a key (neither of the
 *      two on a cluster: then the number is read on its own, after the lease is taken)
 * ARGV 1 token, 2 lease ms, 3 'miss' | 'if-free' | 'take', 4 a value that counts as a miss, or '',
 *      5 deadline ms: after it no lease is taken, its holder has given up
 * Returns {0, value, ttl ms of a raw counter or -1} | {1[, number]}: lease taken
 *       | {2, ms}: held by another | {3}: too late, or no memory for a lease
 * 'if-free' and 'take' do not look at the value; 'take' ends another's lease. A lease whose token begins with
 * LOOK is that of somebody who only looked and may have forgotten it: it stands in nobody's way.
 */
const script = new Script(`${CLOCK_LUA}${COUNTER_LUA}${LEASE_LUA}${NUMBER_LUA}
if ARGV[3] == 'miss' then
  local v = redis.pcall('GET', KEYS[1])
  if type(v) == 'table' and not string.find(v.err, 'WRONGTYPE', 1, true) then return v end
  if type(v) == 'string' and v ~= ARGV[4] then
    return { 0, v, is_counter(v) and redis.call('PTTL', KEYS[1]) or -1 }
  end
end
if is_late(ARGV[5], now_ms()) then return { 3 } end
local function is_oom(reply)
  return type(reply) == 'table' and reply.err and string.find(reply.err, 'OOM', 1, true)
end
local held = redis.pcall('GET', KEYS[2])
if ARGV[3] ~= 'take' and type(held) == 'string' and string.sub(held, 1, 1) ~= '${LOOK}' then
  return { 2, redis.call('PTTL', KEYS[2]) }
end
local taken = redis.pcall('SET', KEYS[2], taken_over(held, ARGV[1]), 'PX', ARGV[2])
if is_oom(taken) then return { 3 } end
if type(taken) == 'table' and taken.err then return taken end
if #KEYS < 4 then return { 1 } end
local ok, n, c = pcall(last_numbers, KEYS[3], KEYS[4])
if not ok then end_lease(KEYS[2]) return { 3 } end
return { 1, higher(n, c) }
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

/** The lease's token must be new: an answer that came too late may have taken it. */
export const readForFill = async (connection: Connection, request: LeaseRequest): Promise<LeaseReply> => {
  const { value, lease, numbers, token, leaseMs, mode, dead } = request;
  const { clock, commandTimeoutMs } = connection;
  if (!connection.isUp) await connection.whenUp('read');
  const deadlineMs = connection.serverClock.atLeast(clock.now()) + commandTimeoutMs;
  const args: Argument[] = [token, leaseMs, mode, dead ?? '', deadlineMs];
  const keys = [value, lease, ...(numbers ? [numbers.counter, numbers.mark] : [])];
  const reply = await script.run(connection, 'read', keys, args).catch((error: unknown) => {
    if (!(error instanceof RedisFailure) || !error.isInMotion) throw error;
    return readOnly(connection, request);
  });
  return toReply(reply as [number, ...unknown[]], numbers !== undefined);
};

const toReply = (reply: [number, ...unknown[]], hasNumber: boolean): LeaseReply => {
  switch (reply[0]) {
    case 0:
      return { kind: 'value', bytes: reply[1] as Buffer, counterTtlMs: Number(reply[2]) };
    case 1:
      return { kind: 'taken', number: hasNumber ? Number(String(reply[1])) : undefined };
    case 2:
      return { kind: 'held', forMs: Math.max(0, Number(reply[1])) };
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
