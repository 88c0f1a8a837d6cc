/**
 * What the scripts share: the server's clock, the head of an entry (see wire/frame.ts), and the rule for a
 * raw counter. Lua 5.1; numbers are doubles, exact to 2^53.
 */
export const CLOCK_LUA = `
-- milliseconds of the server's clock
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
-- whether a command that carries its own deadline (ms, or '' for none) comes too late
local function is_late(deadline, now)
  return deadline ~= '' and now > tonumber(deadline)
end
`;

export const COUNTER_LUA = `
-- a raw integer, as INCRBY takes it
local function is_counter(v)
  return v == '0' or string.match(v, '^-?[1-9]%d*$') ~= nil
end
`;

/** The numbers of invalidations (see tag-records.ts); needs no other part. */
export const NUMBER_LUA = `
-- the next number: above the last invalidation (n) and the latest noticed change (c), each a string or false, and
-- not below the server's clock in microseconds, so that a lost number does not repeat
local function draw(n, c)
  local t = redis.call('TIME')
  return string.format('%.0f', math.max(tonumber(n or '0') + 1, tonumber(c or '0') + 1, t[1] * 1000000 + t[2]))
end
-- the number of the last invalidation and that of the latest noticed change, false where nobody notices
local function last_numbers(counter, mark)
  local known = redis.call('MGET', counter, mark)
  local n = known[1]
  if not n then
    n = draw(false, known[2])
    redis.call('SET', counter, n)
  end
  return n, known[2]
end
local function higher(n, c)
  return c and tonumber(c) > tonumber(n) and c or n
end
`;

/** How long changes of keys are noticed after the last store of something that depends on a key. */
export const NOTICED_MS: number = 3_600_000;

/** Keys that others may depend on. Needs no other part: what a change costs where nobody depends is one MGET. */
export const CHANGED_LUA: string = `
-- Keys have another value, or none: what depends on them goes ('delete') or becomes stale ('expire').
-- KEYS[at] number of the latest noticed change, then the records of the keys' own tags; without these KEYS it is no
-- change
local function changed(at, mode)
  if #KEYS < at then return end
  local known = redis.call('MGET', unpack(KEYS, at))
  local count = #KEYS - at + 1
  local number = tonumber(known[1] or '0')
  local is_noticed = known[1]
  for i = 2, count do
    if known[i] then
      is_noticed = true
      for one in string.gmatch(known[i], '%d+') do number = math.max(number, tonumber(one)) end
    end
  end
  if not is_noticed then return end
  local t = redis.call('TIME')
  number = string.format('%.0f', math.max(number + 1, t[1] * 1000000 + t[2]))
  local function write()
    if known[1] then redis.call('SET', KEYS[at], number, 'KEEPTTL')
    else redis.call('SET', KEYS[at], number, 'PX', '${NOTICED_MS}') end
    for i = 2, count do
      if known[i] then
        local removed, expired = string.match(known[i], '^(%d+) (%d+)$')
        if mode == 'expire' and removed then known[i] = removed .. ' ' .. number
        else known[i] = number .. ' ' .. (expired or '0') end
        redis.call('SET', KEYS[at + i - 1], known[i], 'KEEPTTL')
      end
    end
  end
  -- no memory to write: a missing record is invalid, a missing change may be any
  if not pcall(write) then redis.call('DEL', unpack(KEYS, at)) end
end
`;

/** Tells the bus. Needs no other part. */
export const ANNOUNCE_LUA = `
-- ARGV[at] is the channel, what follows are the messages; without these ARGV nobody is told. It comes before the
-- change (nobody can look in between): a server that refuses to publish has then changed nothing.
local function announce(at)
  for i = at + 1, #ARGV do redis.call('PUBLISH', ARGV[at], ARGV[i]) end
end
`;

/**
 * The right to fill a key. A lease holds the token of its holder, and this behind it once somebody waits for the fill:
 * so a fill that nobody waits for publishes nothing, and costs no look at anything else.
 */
const WAITED = '!';

/** Needs no other part. The channel of a lease has its name. */
export const LEASE_LUA: string = `
local function is_waited(held)
  return type(held) == 'string' and string.sub(held, -1) == '${WAITED}'
end
-- the token of a lease, nil where there is none
local function holder(held)
  if is_waited(held) then return string.sub(held, 1, -2) end
  return type(held) == 'string' and held or nil
end
-- Ends a lease, whoever holds it, and wakes who waits for it. held: what it holds, where that is known. A server
-- that refuses to publish is no reason to keep it: they wake by themselves.
local function end_lease(lease, held)
  held = held or redis.pcall('GET', lease)
  if not held then return 0 end
  redis.call('UNLINK', lease)
  if is_waited(held) then redis.pcall('PUBLISH', lease, '') end
  return 1
end
-- marks a lease as waited for; one that somebody waits for already stays as it is
local function wait_for(lease, held)
  if not is_waited(held) then redis.call('APPEND', lease, '${WAITED}') end
end
-- the token of a new holder, for whom those who wait go on waiting
local function taken_over(held, token)
  return is_waited(held) and token .. '${WAITED}' or token
end
`;

export const FRAME_LUA = `
local MAGIC = '\\197\\075\\001'
local FOREVER = 281474976710655
local function check(head)
  return struct.pack('>I4', tonumber(string.sub(redis.sha1hex(head), 1, 8), 16))
end
-- at + ms, where a negative ms and FOREVER mean forever
local function after(at, ms)
  if ms < 0 or at >= FOREVER then return FOREVER end
  return math.min(at + ms, FOREVER)
end
-- the times of an entry; nil where it is no intact one of this wire version
local function read_life(v)
  if string.sub(v, 1, 3) ~= MAGIC or #v < 4 then return nil end
  local flags = string.byte(v, 4)
  local size = flags % 2 == 1 and 34 or 16
  if #v < size + 4 or check(string.sub(v, 1, size)) ~= string.sub(v, size + 1, size + 4) then return nil end
  local life = { flags = flags, body = size + 5 }
  life.created, life.fresh = struct.unpack('>I6I6', v, 5)
  life.swr, life.grace, life.sliding = life.fresh, life.fresh, 0
  if size == 34 then life.swr, life.grace, life.sliding = struct.unpack('>I6I6I6', v, 17) end
  life.negative = math.floor(flags / 2) % 2 == 1
  life.tagged = math.floor(flags / 4) % 2 == 1
  return life
end
local function new_life(flags, at, age, fresh, swr, grace, sliding)
  local life = { flags = flags, created = math.max(0, at - age), fresh = after(at, fresh), sliding = after(0, sliding) }
  life.swr, life.grace = after(life.fresh, swr), after(life.fresh, grace)
  return life
end
local function frame(life, body)
  local flags = life.flags - life.flags % 2
  local is_long = life.swr ~= life.fresh or life.grace ~= life.fresh or life.sliding > 0
  local head = MAGIC .. string.char(flags + (is_long and 1 or 0)) .. struct.pack('>I6I6', life.created, life.fresh)
  if is_long then head = head .. struct.pack('>I6I6I6', life.swr, life.grace, life.sliding) end
  return head .. check(head) .. body
end
-- SET with the time to live that the life gives; false where nothing is left of it (then the key is removed)
local function put(key, life, body, now)
  if life.grace >= FOREVER then return redis.pcall('SET', key, frame(life, body)) end
  local left = life.grace - now
  if left <= 0 then redis.call('UNLINK', key) return false end
  return redis.pcall('SET', key, frame(life, body), 'PX', string.format('%.0f', left))
end
`;
