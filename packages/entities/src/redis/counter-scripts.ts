import { Script } from '@keepsake/redis';

/*
 * A counter is a hash: b the base (what the sink has), p what is pending, f the amount in flight (absent: none), n the
 * number of that batch or of the last one. A total is b + f + p. Two sorted sets list the counters that have something
 * pending and nothing in flight, by the time at which they are due, and those in flight, by the end of their lease. A
 * counter with neither lives for IDLE ms more; all others have no TTL, so that no `volatile` policy evicts them. Times
 * are the server's.
 */
const COUNTER_LUA = `
local MAX = 9007199254740991
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- a reply of this type, or an argument, keeps all digits
local function text(number) return string.format('%.0f', number) end
-- base (false: not known), pending, in flight (false: nothing), number
local function counter(key)
  local h = redis.call('HMGET', key, 'b', 'p', 'f', 'n')
  return h[1] and tonumber(h[1]), tonumber(h[2] or 0), h[3] and tonumber(h[3]), tonumber(h[4] or 0)
end
`;

/** KEYS: counters. Returns the total of each, -1 where it is not known. */
export const READ: Script = new Script(`${COUNTER_LUA}
local totals = {}
for i = 1, #KEYS do
  local base, pending, flying = counter(KEYS[i])
  totals[i] = base and text(base + pending + (flying or 0)) or '-1'
end
return totals
`);

/** KEYS: counters. ARGV: idle life in ms, then base and number of each. Returns the total of each. */
export const SEED: Script = new Script(`${COUNTER_LUA}
local totals = {}
for i = 1, #KEYS do
  local base, pending, flying = counter(KEYS[i])
  if not base then
    base, pending, flying = tonumber(ARGV[2 * i]), 0, false
    redis.call('HSET', KEYS[i], 'b', ARGV[2 * i], 'n', ARGV[2 * i + 1])
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
  end
  totals[i] = text(base + pending + (flying or 0))
end
return totals
`);

/**
 * KEYS 1 the counter, 2 those that wait, 3 the operation (none: it has no name)
 * ARGV 1 deadline in ms, 2 by, 3 id, 4 due at so many, 5 due after so many ms, 6 life of an operation in ms
 * Returns {code, server ms, total, 1 if a batch may be taken}: 1 added, or was before; 0 not known; 2 it would leave
 * the safe range; 4 too late: nothing was done
 */
export const ADD: Script = new Script(`${COUNTER_LUA}
if now > tonumber(ARGV[1]) then return {4, now} end
local base, pending, flying = counter(KEYS[1])
if not base then return {0, now} end
local by, every = tonumber(ARGV[2]), tonumber(ARGV[4])
local total = base + pending + (flying or 0)
local function due() return (not flying and pending >= every) and 1 or 0 end
if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 1 then return {1, now, text(total), due()} end
if total + by > MAX then return {2, now} end
if KEYS[3] then redis.call('SET', KEYS[3], '', 'PX', ARGV[6]) end
redis.call('HINCRBY', KEYS[1], 'p', ARGV[2])
local before = pending
pending = pending + by
if not flying then
  if before == 0 then redis.call('PERSIST', KEYS[1]) end
  if pending >= every then
    if before < every then redis.call('ZADD', KEYS[2], now, ARGV[3]) end
  elseif before == 0 then
    redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[3])
  end
end
return {1, now, text(total + by), due()}
`);

/**
 * Names keys that are not in KEYS: which counters are due is known here alone. A key that another type of data has
 * taken is forgotten, here and in SETTLE: it must not hold up the flush of all others.
 *
 * KEYS 1 those that wait, 2 those in flight
 * ARGV 1 what comes before the id in the key of a counter, 2 limit, 3 lease in ms, 4 '1' where all that wait are due
 * Returns {id, number, amount, id, number, amount, ...}
 */
export const TAKE: Script = new Script(`${COUNTER_LUA}
local taken, left = {}, tonumber(ARGV[2])
local function hand(id, number, amount)
  redis.call('ZADD', KEYS[2], now + ARGV[3], id)
  taken[#taken + 1] = id
  taken[#taken + 1] = text(number)
  taken[#taken + 1] = text(amount)
  left = left - 1
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, left)) do
  local isOurs, _, _, flying, number = pcall(counter, ARGV[1] .. id)
  if isOurs and flying then hand(id, number, flying) else redis.call('ZREM', KEYS[2], id) end
end
local due = ARGV[4] == '1' and '+inf' or now
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', due, 'LIMIT', 0, left)) do
  local isOurs, base, pending, flying, last = pcall(counter, ARGV[1] .. id)
  redis.call('ZREM', KEYS[1], id)
  if isOurs and base and pending > 0 and not flying then
    local number = math.max(last + 1, time[1] * 1000000 + time[2])
    redis.call('HSET', ARGV[1] .. id, 'f', text(pending), 'p', '0', 'n', text(number))
    hand(id, number, pending)
  end
end
return taken
`);

/**
 * KEYS 1 those that wait, 2 those in flight, then the counters
 * ARGV 1 due at so many, 2 due after so many ms, 3 idle life in ms, then id, number and total (-1: not known) of each
 */
export const SETTLE: Script = new Script(`${COUNTER_LUA}
for i = 3, #KEYS do
  local at = 3 * i - 5
  local id, total = ARGV[at], tonumber(ARGV[at + 2])
  local isOurs, base, pending, flying, number = pcall(counter, KEYS[i])
  if not isOurs then redis.call('ZREM', KEYS[2], id) end
  if isOurs and base and flying and number == tonumber(ARGV[at + 1]) then
    redis.call('HSET', KEYS[i], 'b', text(math.max(base + flying, total)))
    redis.call('HDEL', KEYS[i], 'f')
    redis.call('ZREM', KEYS[2], id)
    if pending > 0 then
      redis.call('ZADD', KEYS[1], pending >= tonumber(ARGV[1]) and now or now + ARGV[2], id)
    else
      redis.call('PEXPIRE', KEYS[i], ARGV[3])
    end
  end
end
return 1
`);
