import { Script } from '@keepsake/redis';
import { LINES, PUBLISH } from './lines-prelude.ts';

/*
 * A lock is a string at its key, `<token>:<fence>`, with a TTL. The last fence of a name lies beside it, with an `f`
 * behind the key, for a day after the last grant. The next one is the server's TIME in microseconds, or the last plus one where
 * that is higher: so it goes on rising after the record has lapsed, and on a replica that never had it, as
 * long as no clock is set back by more than the time since. It stays below 2^53 until the year 2255.
 *
 * Who shares a name, and who waits for it, lies in further keys (lines-prelude.ts). A `!` behind the last fence says
 * that there may be some: without it nobody looks, and an uncontended lock costs nothing for them.
 */

/** After this the server's clock alone carries the fence on. */
const FENCE_LIFE_MS = 86_400_000;

/**
 * KEYS: the n locks. ARGV: token, TTL in ms, and `<how many may hold it>:<life of the place in ms, 0: none>:<channel on
 * which it is called, empty: it asks by time>`.
 * Returns {1, fence}, or {0, ms until it may be had, negative for never}.
 */
const ACQUIRE = `
local token, ttl, n = ARGV[1], ARGV[2], #KEYS
local values
if n == 1 then
  values = redis.call('MGET', KEYS[1], KEYS[1] .. 'f')
else
  local keys = {}
  for i = 1, n do keys[i], keys[n + i] = KEYS[i], KEYS[i] .. 'f' end
  values = redis.call('MGET', unpack(keys))
end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local number, isPlain = micros, string.sub(ARGV[3], 1, 2) == '1:'
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
    redis.call('SET', KEYS[i] .. 'f', fence, 'PX', ${FENCE_LIFE_MS})
    redis.call('SET', KEYS[i], token .. ':' .. fence, 'PX', ttl)
  end
  return {1, number}
end
${PUBLISH}
${LINES}
local want, placeMs, channel = string.match(ARGV[3], '^(%d+):(%d+):(.*)$')
want, placeMs = tonumber(want), tonumber(placeMs)
local kept, isOwn = 0, true
for i = 1, n do
  local ms = keptOut(KEYS[i], token, want)
  if kept >= 0 and (ms < 0 or ms > kept) then kept = ms end
  isOwn = isOwn and fenceOf(KEYS[i], token)
end
local heldUp = 0
if kept == 0 and not isOwn then
  for i = 1, n do
    local place = first(KEYS[i])
    if place and place.who ~= token then
      local ms = place.till - now
      if not place.isCalled then ms = claimMs + math.max(0, keptOutOf(place)) end
      heldUp = math.max(heldUp, ms)
    end
  end
end
if kept ~= 0 or heldUp > 0 then
  if placeMs > 0 then
    take(KEYS, {who = token, till = now + placeMs, want = want, isCalled = false, channel = channel}, micros)
    for i = 1, n do
      local last = values[n + i] or '0'
      if string.byte(last, -1) ~= 33 then last = last .. '!' end
      redis.call('SET', KEYS[i] .. 'f', last, 'PX', math.max(${FENCE_LIFE_MS}, placeMs))
    end
  end
  if kept ~= 0 then return {0, kept} end
  for i = 1, n do call(KEYS[i]) end
  return {0, heldUp}
end
local fence = isOwn or string.format('%.0f', number)
leave(table.concat(KEYS, '\\n'), token)
for i = 1, n do
  local isMarked = want > 1 or isBusy(KEYS[i])
  redis.call('SET', KEYS[i] .. 'f', fence .. (isMarked and '!' or ''), 'PX', math.max(${FENCE_LIFE_MS}, ttl))
  if want == 1 then
    redis.call('SET', KEYS[i], token .. ':' .. fence, 'PX', ttl)
  else
    share(KEYS[i], token, fence, tonumber(ttl))
  end
end
if want > 1 then for i = 1, n do call(KEYS[i]) end end
return {1, tonumber(fence)}
`;

/** KEYS: the locks. ARGV: token, TTL in ms. Returns 1 extended, 0 one is absent, -1 another holds one. */
const EXTEND = `
local token, ttl, shared = ARGV[1], tonumber(ARGV[2]), {}
local values = redis.call('MGET', unpack(KEYS))
for i = 1, #KEYS do
  if not values[i] then
    shared[#shared + 1] = KEYS[i]
  elseif string.sub(values[i], 1, #token) ~= token then
    return -1
  end
end
local now
for _, lock in ipairs(shared) do
  if not now then
    local time = redis.call('TIME')
    now = math.floor(time[1] * 1000 + time[2] / 1000)
  end
  local till = redis.call('ZSCORE', lock .. 's', token)
  if not till or tonumber(till) <= now then return 0 end
end
for i = 1, #KEYS do
  if values[i] then redis.call('PEXPIRE', KEYS[i], ttl) end
end
for _, lock in ipairs(shared) do
  redis.call('ZADD', lock .. 's', 'XX', now + ttl, token)
  for kind, ms in pairs({s = ttl, p = ttl, f = math.max(ttl, ${FENCE_LIFE_MS})}) do
    if redis.call('PTTL', lock .. kind) < ms then redis.call('PEXPIRE', lock .. kind, ms) end
  end
end
return 1
`;

/**
 * KEYS: the n locks, each the name of its wake-up channel too. ARGV: token. Gives up the token's place as well, and calls
 * who is next. Returns how many were freed.
 */
const RELEASE = `
${PUBLISH}
local token, n, freed, isMarked = ARGV[1], #KEYS, 0, false
for i = 1, n do
  local values = redis.call('MGET', KEYS[i], KEYS[i] .. 'f')
  local value, last = values[1], values[2]
  isMarked = isMarked or (last and string.byte(last, -1) == 33)
  if value and string.sub(value, 1, #token) == token then
    redis.call('DEL', KEYS[i])
    publish(KEYS[i], '')
    freed = freed + 1
  end
end
if not isMarked then return freed end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
${LINES}
for i = 1, n do
  if unshare(KEYS[i], token) then
    publish(KEYS[i], '')
    freed = freed + 1
  end
end
leave(table.concat(KEYS, '\\n'), token)
for i = 1, n do call(KEYS[i]) end
return freed
`;

export interface LockScripts {
  readonly acquire: Script;
  readonly extend: Script;
  readonly release: Script;
}

const scriptsFor = (isCluster: boolean): LockScripts => {
  const script = (source: string): Script => new Script(source.replaceAll('CLUSTER', String(isCluster)));
  return { acquire: script(ACQUIRE), extend: script(EXTEND), release: script(RELEASE) };
};

export const SCRIPTS: LockScripts = scriptsFor(false);
