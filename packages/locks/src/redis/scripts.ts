import { Script } from '@keepsake/redis';
import { LINES } from './lines-prelude.ts';

/*
 * A lock is a string at its key, `<token>:<fence>`, with a TTL. The last fence of a name lies beside it for
 * a day after the last grant. The next one is the server's TIME in microseconds, or the last plus one where
 * that is higher: so it goes on rising after the record has lapsed, and on a replica that never had it, as
 * long as no clock is set back by more than the time since. It stays below 2^53 until the year 2255.
 *
 * Who shares a name, and who waits for it, lies in further keys (lines-prelude.ts). A `!` behind the last fence says
 * that there may be some: without it nobody looks, and an uncontended lock costs nothing for them.
 */

/**
 * KEYS: the n locks, then their n fences. ARGV: token, TTL in ms, life of a fence in ms, how many may hold it, life of
 * the place in ms (0: none), the channel on which it is called ('': it asks by time), length of the prefix, 1 in a cluster.
 * Returns {1, fence}, or {0, ms until it may be had, negative for never}.
 */
export const ACQUIRE: Script = new Script(`
local token, ttl, n = ARGV[1], ARGV[2], #KEYS / 2
local values = redis.call('MGET', unpack(KEYS))
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local number, isPlain = micros, ARGV[4] == '1'
for i = 1, n do
  local last = values[n + i]
  if values[i] then isPlain = false end
  if last then
    if string.byte(last, -1) == 33 then
      isPlain = false
      last = string.sub(last, 1, -2)
    end
    number = math.max(number, last + 1)
  end
end
if isPlain then
  local fence = string.format('%.0f', number)
  for i = 1, n do
    redis.call('SET', KEYS[n + i], fence, 'PX', ARGV[3])
    redis.call('SET', KEYS[i], token .. ':' .. fence, 'PX', ttl)
  end
  return {1, number}
end
${LINES}
local want, placeMs = tonumber(ARGV[4]), tonumber(ARGV[5])
local tags, kept, isOwn = {}, 0, true
for i = 1, n do
  tags[i] = tagOf(KEYS[i])
  local ms = keptOut(tags[i], token, want)
  if kept >= 0 and (ms < 0 or ms > kept) then kept = ms end
  isOwn = isOwn and fenceOf(tags[i], token)
end
local heldUp = 0
if kept == 0 and not isOwn then
  for i = 1, n do
    local place = first(tags[i])
    if place and place.who ~= token then
      local ms = place.till - now
      if not place.isCalled then ms = claimMs + math.max(0, keptOutOf(place)) end
      heldUp = math.max(heldUp, ms)
    end
  end
end
if kept ~= 0 or heldUp > 0 then
  if placeMs > 0 then
    take(tags, {who = token, till = now + placeMs, want = want, isCalled = false, channel = ARGV[6]}, micros)
    for i = 1, n do
      local last = values[n + i] or '0'
      if string.byte(last, -1) ~= 33 then last = last .. '!' end
      redis.call('SET', KEYS[n + i], last, 'PX', math.max(ARGV[3], placeMs))
    end
  end
  if kept == 0 then for i = 1, n do call(tags[i]) end end
  if kept ~= 0 then return {0, kept} end
  return {0, heldUp}
end
local fence = isOwn or string.format('%.0f', number)
leave(table.concat(tags), token)
for i = 1, n do
  local isMarked = want > 1 or isBusy(tags[i])
  redis.call('SET', KEYS[n + i], fence .. (isMarked and '!' or ''), 'PX', math.max(ARGV[3], ttl))
  if want == 1 then
    redis.call('SET', KEYS[i], token .. ':' .. fence, 'PX', ttl)
  else
    share(tags[i], token, fence, tonumber(ttl))
  end
end
if want > 1 then for i = 1, n do call(tags[i]) end end
return {1, tonumber(fence)}
`);

/**
 * KEYS: the locks. ARGV: token, TTL in ms, life of a fence in ms, length of the prefix.
 * Returns 1 extended, 0 one is absent, -1 another holds one.
 */
export const EXTEND: Script = new Script(`
local token, answer, shared = ARGV[1], 1, {}
local values = redis.call('MGET', unpack(KEYS))
for i = 1, #KEYS do
  if not values[i] then
    shared[#shared + 1] = string.sub(KEYS[i], ARGV[4] + 4)
  elseif string.sub(values[i], 1, #token) ~= token then
    return -1
  end
end
local prefix, time = string.sub(KEYS[1], 1, ARGV[4]), nil
for _, tag in ipairs(shared) do
  time = time or redis.call('TIME')
  local till = redis.call('ZSCORE', prefix .. '~ls:' .. tag, token)
  if not till or tonumber(till) <= math.floor(time[1] * 1000 + time[2] / 1000) then return 0 end
end
for i = 1, #KEYS do
  if values[i] then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
for _, tag in ipairs(shared) do
  local till = math.floor(time[1] * 1000 + time[2] / 1000) + ARGV[2]
  redis.call('ZADD', prefix .. '~ls:' .. tag, 'XX', till, token)
  for kind, ms in pairs({ls = ARGV[2], lp = ARGV[2], lf = math.max(ARGV[2], ARGV[3])}) do
    local key = prefix .. '~' .. kind .. ':' .. tag
    if redis.call('PTTL', key) < tonumber(ms) then redis.call('PEXPIRE', key, ms) end
  end
end
return 1
`);

/**
 * KEYS: the n locks, each the name of its wake-up channel too, then their n fences. ARGV: token, length of the prefix,
 * 1 in a cluster. Gives up the token's place as well, and calls who is next. Returns how many were freed.
 */
export const RELEASE: Script = new Script(`
local token, n, freed, isMarked = ARGV[1], #KEYS / 2, 0, false
local values = redis.call('MGET', unpack(KEYS))
for i = 1, n do
  local value, last = values[i], values[n + i]
  isMarked = isMarked or (last and string.byte(last, -1) == 33)
  if value and string.sub(value, 1, #token) == token then
    redis.call('DEL', KEYS[i])
    redis.call('PUBLISH', KEYS[i], '')
    freed = freed + 1
  end
end
if not isMarked then return freed end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
${LINES}
local tags = {}
for i = 1, n do
  tags[i] = tagOf(KEYS[i])
  if unshare(tags[i], token) then
    redis.call('PUBLISH', KEYS[i], '')
    freed = freed + 1
  end
end
leave(table.concat(tags), token)
for i = 1, n do call(tags[i]) end
return freed
`);
