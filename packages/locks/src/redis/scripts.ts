import { Script } from '@keepsake/redis';

/*
 * A lock is a string at its key, `<token>:<fence>`, with a TTL. The last fence of a name lies beside it for
 * a day after the last grant. The next one is the server's TIME in microseconds, or the last plus one where
 * that is higher: so it goes on rising after the record has lapsed, and on a replica that never had it, as
 * long as no clock is set back by more than the time since. It stays below 2^53 until the year 2255.
 */

/**
 * KEYS: the n locks, then their n fences. ARGV: token, TTL in ms, life of a fence in ms.
 * Returns {1, fence}, or {0, ms until the last of those held by others lapses, negative for never}.
 */
export const ACQUIRE: Script = new Script(`
local token, n = ARGV[1], #KEYS / 2
local fence, longest
for i = 1, n do
  local value = redis.call('GET', KEYS[i])
  if not value then
    fence = false
  elseif string.sub(value, 1, #token) ~= token then
    local left = redis.call('PTTL', KEYS[i])
    if left < 0 then return {0, left} end
    longest = math.max(longest or 0, left)
  elseif fence ~= false then
    fence = string.sub(value, #token + 2)
  end
end
if longest then return {0, longest} end
if not fence then
  local time = redis.call('TIME')
  local number = time[1] * 1000000 + time[2]
  for i = n + 1, 2 * n do
    number = math.max(number, tonumber(redis.call('GET', KEYS[i]) or 0) + 1)
  end
  fence = string.format('%.0f', number)
  for i = n + 1, 2 * n do redis.call('SET', KEYS[i], fence, 'PX', ARGV[3]) end
end
for i = 1, n do redis.call('SET', KEYS[i], token .. ':' .. fence, 'PX', ARGV[2]) end
return {1, tonumber(fence)}
`);

/** KEYS: the locks. ARGV: token, TTL in ms. Returns 1 extended, 0 one is absent, -1 another holds one. */
export const EXTEND: Script = new Script(`
local token, answer = ARGV[1], 1
for i = 1, #KEYS do
  local value = redis.call('GET', KEYS[i])
  if not value then
    answer = 0
  elseif string.sub(value, 1, #token) ~= token then
    return -1
  end
end
if answer == 1 then
  for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
return answer
`);

/** KEYS: the locks, each the name of its wake-up channel too. ARGV: token. Returns how many were freed. */
export const RELEASE: Script = new Script(`
local token, freed = ARGV[1], 0
for i = 1, #KEYS do
  local value = redis.call('GET', KEYS[i])
  if value and string.sub(value, 1, #token) == token then
    redis.call('DEL', KEYS[i])
    redis.call('PUBLISH', KEYS[i], '')
    freed = freed + 1
  end
end
return freed
`);
