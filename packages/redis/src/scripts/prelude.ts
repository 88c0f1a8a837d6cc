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

/** The current number of invalidations; needs no other part. */
export const NUMBER_LUA = `
-- the number of the last invalidation (a string); where it is lost, the clock in microseconds is above all that were
local function current_number(key)
  local n = redis.call('GET', key)
  if n then return n end
  local t = redis.call('TIME')
  n = string.format('%.0f', t[1] * 1000000 + t[2])
  redis.call('SET', key, n)
  return n
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
