import { CLAIM_MS, MAX_PLACES } from '@keepsake/core';

/** Places for several names that a script passes, and lapsed shares that it clears away at a time: bounds on its time. */
const MOST_STEPS = 100;
/** Places of processes that are gone which it clears away at a time, in some 10 ms. */
const MOST_GONE = 1_000;

/*
 * Who shares a name and who waits for it: functions that scripts.ts puts into scripts, behind their fast path. They
 * need `micros`, the server's time, and the last two of ARGV: the length of the prefix, and 1 in a cluster.
 *
 * Of a name with the tag `{name}`, in its slot: `~ls:{name}`, a sorted set of the tokens that share it by the end of
 * their TTL; `~lq:{name}`, the line, a sorted set of the tokens that wait by when they came; `~lp:{name}`, a hash of
 * their places, and of `=<fence>` for those who share. A place is
 * `<until>:<how many may hold it>:<1 if called>:<length of its tags>:<its tags><its channel>`. None of the keys is named in KEYS: five a name
 * would be most of what an uncontended acquire sends.
 *
 * A call to a channel that nobody listens to proves that who waits there is gone, so its place goes at once; not in a
 * cluster, where PUBLISH counts the listeners of one node. It then goes CLAIM_MS after the call.
 */
export const LINES: string = `
local now, claimMs = math.floor(micros / 1000), ${CLAIM_MS}
local prefixLength, isCluster = tonumber(ARGV[#ARGV - 1]), ARGV[#ARGV] == '1'
local prefix = string.sub(KEYS[1], 1, prefixLength)
local function key(kind, tag) return prefix .. '~' .. kind .. ':' .. tag end
local function tagOf(lock) return string.sub(lock, prefixLength + 4) end
local function outlive(name, ms)
  if redis.call('PTTL', name) < ms then redis.call('PEXPIRE', name, ms) end
end

-- For how many ms others keep \`who\` out: 0 not at all, negative for ever.
local function keptOut(tag, who, want)
  local value = redis.call('GET', key('l', tag))
  if value then
    if string.sub(value, 1, #who) == who then return 0 end
    local left = redis.call('PTTL', key('l', tag))
    return left < 0 and left or math.max(1, left)
  end
  local sharers = key('ls', tag)
  local gone = redis.call('ZRANGEBYSCORE', sharers, '-inf', now, 'LIMIT', 0, ${MOST_STEPS})
  if #gone > 0 then
    redis.call('ZREM', sharers, unpack(gone))
    redis.call('HDEL', key('lp', tag), unpack(gone))
  end
  local others = redis.call('ZCARD', sharers)
  if others > 0 and redis.call('ZSCORE', sharers, who) then others = others - 1 end
  if others == 0 or (want > 1 and others < want) then return 0 end
  return math.max(1, redis.call('ZRANGE', sharers, 0, 0, 'WITHSCORES')[2] - now)
end

-- The fence under which the token holds the name.
local function fenceOf(tag, who)
  local value = redis.call('GET', key('l', tag))
  if value then return string.sub(value, 1, #who) == who and string.sub(value, #who + 2) end
  local record = redis.call('ZSCORE', key('ls', tag), who) and redis.call('HGET', key('lp', tag), who)
  return record and string.match(record, '^=(%d+)$')
end

local function share(tag, who, fence, ms)
  redis.call('ZADD', key('ls', tag), now + ms, who)
  redis.call('HSET', key('lp', tag), who, '=' .. fence)
  outlive(key('ls', tag), ms)
  outlive(key('lp', tag), ms)
end

local function unshare(tag, who)
  local till = redis.call('ZSCORE', key('ls', tag), who)
  if not till then return false end
  redis.call('ZREM', key('ls', tag), who)
  redis.call('HDEL', key('lp', tag), who)
  return tonumber(till) > now
end

-- Whether somebody shares the name or waits for it.
local function isBusy(tag)
  return redis.call('EXISTS', key('lq', tag), key('ls', tag)) > 0
end

local function placeOf(tag, who)
  local record = redis.call('HGET', key('lp', tag), who)
  if not record then return nil end
  local till, want, called, size, rest = string.match(record, '^(%d+):(%d+):([01]):(%d+):(.*)$')
  if not till then return nil end
  local place = {who = who, till = tonumber(till), want = tonumber(want), isCalled = called == '1'}
  place.tags, place.channel = string.sub(rest, 1, size), string.sub(rest, size + 1)
  return place
end

local function save(place)
  local called = place.isCalled and '1' or '0'
  local head = string.format('%.0f:%.0f:%s:%d:', place.till, place.want, called, #place.tags)
  local record = head .. place.tags .. place.channel
  for tag in string.gmatch(place.tags, '%b{}') do redis.call('HSET', key('lp', tag), place.who, record) end
end

local function leave(tags, who)
  for tag in string.gmatch(tags, '%b{}') do
    if redis.call('ZREM', key('lq', tag), who) > 0 then redis.call('HDEL', key('lp', tag), who) end
  end
end

-- Behind all that came before, whatever the clock says.
local function take(tags, place, number)
  for _, tag in ipairs(tags) do
    local line = key('lq', tag)
    if not redis.call('ZSCORE', line, place.who) and redis.call('ZCARD', line) >= ${MAX_PLACES} then return end
    number = math.max(number, (redis.call('ZRANGE', line, -1, -1, 'WITHSCORES')[2] or 0) + 1)
  end
  place.tags = table.concat(tags)
  for _, tag in ipairs(tags) do
    redis.call('ZADD', key('lq', tag), 'NX', string.format('%.0f', number), place.who)
  end
  save(place)
  for _, tag in ipairs(tags) do
    outlive(key('lq', tag), place.till - now)
    outlive(key('lp', tag), place.till - now)
  end
end

local function keptOutOf(place, butOf)
  for tag in string.gmatch(place.tags, '%b{}') do
    local ms = tag ~= butOf and keptOut(tag, place.who, place.want) or 0
    if ms ~= 0 then return ms end
  end
  return 0
end

-- The first place that none of its other names keeps out, and where in the line it is.
local function first(tag)
  local at = 0
  while true do
    local who = redis.call('ZRANGE', key('lq', tag), at, at)[1]
    if not who then return nil end
    local place = placeOf(tag, who)
    if not place then
      redis.call('ZREM', key('lq', tag), who)
    elseif place.till <= now then
      leave(place.tags, who)
    elseif at >= ${MOST_STEPS} or keptOutOf(place, tag) == 0 then
      return place, at
    else
      at = at + 1
    end
  end
end

-- Calls the first place if it can be granted, and tells the one behind it to stand by.
local function call(tag)
  for step = 1, ${MOST_GONE} do
    local place, at = first(tag)
    if not place or place.isCalled or keptOutOf(place) ~= 0 then return end
    local heard = 1
    if place.channel ~= '' then heard = redis.call('PUBLISH', place.channel, place.who) end
    if heard > 0 or isCluster or step == ${MOST_GONE} then
      place.isCalled = true
      place.till = math.min(place.till, now + claimMs)
      save(place)
      local who = redis.call('ZRANGE', key('lq', tag), at + 1, at + 1)[1]
      local second = who and placeOf(tag, who)
      if second and second.channel ~= '' and not second.isCalled then
        redis.call('PUBLISH', second.channel, '?' .. who)
      end
      return
    end
    leave(place.tags, place.who)
  end
end
`;
