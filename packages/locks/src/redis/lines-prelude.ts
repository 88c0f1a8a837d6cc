import { CLAIM_MS, MAX_PLACES } from '@keepsake/core';

/** Places for several names that a script passes, and lapsed shares that it clears away at a time: bounds on its time. */
const MOST_STEPS = 100;
/** Places of processes that are gone which it clears away at a time, in some 10 ms. */
const MOST_GONE = 1_000;

/**
 * A message saves who waits some time, and no more: where the user may not publish (new users may not, from Redis 7
 * on), the step that it belongs to is done all the same.
 */
export const PUBLISH: string = `
local function publish(channel, message)
  local heard = redis.pcall('PUBLISH', channel, message)
  return type(heard) == 'number' and heard or 1
end
`;

/*
 * Who shares a name and who waits for it: functions that scripts.ts puts into scripts, behind their fast path. They
 * need `micros`, the server's time, and PUBLISH. CLUSTER is replaced by true or false.
 *
 * Beside the lock, and in its slot: with an `s` behind its key a sorted set of the tokens that share it by the end of
 * their TTL; with a `q` the line, a sorted set of the tokens that wait by when they came; with a `p` a hash of their
 * places, and of `=<fence>` for those who share. A place is `<until>:<how many may hold it>:<1 if called>:<length of its
 * locks>:<its locks, each ended by a line feed><its channel>`. Only the locks are named in KEYS: five keys a name would
 * be most of what an uncontended acquire sends.
 *
 * A call to a channel that nobody listens to proves that who waits there is gone, so its place goes at once; not in a
 * cluster, where PUBLISH counts the listeners of one node. It then goes CLAIM_MS after the call.
 */
export const LINES: string = `
local now, claimMs = math.floor(micros / 1000), ${CLAIM_MS}
local function locksOf(place) return string.gmatch(place.locks, '[^\\n]+') end
local function outlive(name, ms)
  if redis.call('PTTL', name) < ms then redis.call('PEXPIRE', name, ms) end
end

-- For how many ms others keep \`who\` out: 0 not at all, negative for ever.
local function keptOut(lock, who, want)
  local value = redis.call('GET', lock)
  if value then
    if string.sub(value, 1, #who) == who then return 0 end
    local left = redis.call('PTTL', lock)
    return left < 0 and left or math.max(1, left)
  end
  local sharers = lock .. 's'
  local gone = redis.call('ZRANGEBYSCORE', sharers, '-inf', now, 'LIMIT', 0, ${MOST_STEPS})
  if #gone > 0 then
    redis.call('ZREM', sharers, unpack(gone))
    redis.call('HDEL', lock .. 'p', unpack(gone))
  end
  local others = redis.call('ZCARD', sharers)
  if others > 0 and redis.call('ZSCORE', sharers, who) then others = others - 1 end
  if others == 0 or (want > 1 and others < want) then return 0 end
  return math.max(1, redis.call('ZRANGE', sharers, 0, 0, 'WITHSCORES')[2] - now)
end

-- The fence under which the token holds the name.
local function fenceOf(lock, who)
  local value = redis.call('GET', lock)
  if value then return string.sub(value, 1, #who) == who and string.sub(value, #who + 2) end
  local record = redis.call('ZSCORE', lock .. 's', who) and redis.call('HGET', lock .. 'p', who)
  return record and string.match(record, '^=(%d+)$')
end

local function share(lock, who, fence, ms)
  redis.call('ZADD', lock .. 's', now + ms, who)
  redis.call('HSET', lock .. 'p', who, '=' .. fence)
  outlive(lock .. 's', ms)
  outlive(lock .. 'p', ms)
end

local function unshare(lock, who)
  local till = redis.call('ZSCORE', lock .. 's', who)
  if not till then return false end
  redis.call('ZREM', lock .. 's', who)
  redis.call('HDEL', lock .. 'p', who)
  return tonumber(till) > now
end

-- Whether somebody shares the name or waits for it.
local function isBusy(lock)
  return redis.call('EXISTS', lock .. 'q', lock .. 's') > 0
end

local function placeOf(lock, who)
  local record = redis.call('HGET', lock .. 'p', who)
  if not record then return nil end
  local till, want, called, size, rest = string.match(record, '^(%d+):(%d+):([01]):(%d+):(.*)$')
  if not till then return nil end
  local place = {who = who, till = tonumber(till), want = tonumber(want), isCalled = called == '1'}
  place.locks, place.channel = string.sub(rest, 1, size), string.sub(rest, size + 1)
  return place
end

local function save(place)
  local called = place.isCalled and '1' or '0'
  local head = string.format('%.0f:%.0f:%s:%d:', place.till, place.want, called, #place.locks)
  local record = head .. place.locks .. place.channel
  for lock in locksOf(place) do redis.call('HSET', lock .. 'p', place.who, record) end
end

local function leave(locks, who)
  for lock in string.gmatch(locks, '[^\\n]+') do
    if redis.call('ZREM', lock .. 'q', who) > 0 then redis.call('HDEL', lock .. 'p', who) end
  end
end

-- Behind all that came before, whatever the clock says.
local function take(locks, place, number)
  for _, lock in ipairs(locks) do
    local line = lock .. 'q'
    if not redis.call('ZSCORE', line, place.who) and redis.call('ZCARD', line) >= ${MAX_PLACES} then return end
    number = math.max(number, (redis.call('ZRANGE', line, -1, -1, 'WITHSCORES')[2] or 0) + 1)
  end
  place.locks = table.concat(locks, '\\n') .. '\\n'
  for _, lock in ipairs(locks) do
    redis.call('ZADD', lock .. 'q', 'NX', string.format('%.0f', number), place.who)
  end
  save(place)
  for _, lock in ipairs(locks) do
    outlive(lock .. 'q', place.till - now)
    outlive(lock .. 'p', place.till - now)
  end
end

local function keptOutOf(place, butOf)
  for lock in locksOf(place) do
    local ms = lock ~= butOf and keptOut(lock, place.who, place.want) or 0
    if ms ~= 0 then return ms end
  end
  return 0
end

-- The first place that none of its other names keeps out, and where in the line it is.
local function first(lock)
  local at = 0
  while true do
    local who = redis.call('ZRANGE', lock .. 'q', at, at)[1]
    if not who then return nil end
    local place = placeOf(lock, who)
    if not place then
      redis.call('ZREM', lock .. 'q', who)
    elseif place.till <= now then
      leave(place.locks, who)
    elseif at >= ${MOST_STEPS} or keptOutOf(place, lock) == 0 then
      return place, at
    else
      at = at + 1
    end
  end
end

-- Calls the first place if it can be granted, and tells the one behind it to stand by.
local function call(lock)
  for step = 1, ${MOST_GONE} do
    local place, at = first(lock)
    if not place or place.isCalled or keptOutOf(place) ~= 0 then return end
    local heard = 1
    if place.channel ~= '' then heard = publish(place.channel, place.who) end
    if heard > 0 or CLUSTER or step == ${MOST_GONE} then
      place.isCalled = true
      place.till = math.min(place.till, now + claimMs)
      save(place)
      local who = redis.call('ZRANGE', lock .. 'q', at + 1, at + 1)[1]
      local second = who and placeOf(lock, who)
      if second and second.channel ~= '' and not second.isCalled then
        publish(second.channel, '?' .. who)
      end
      return
    end
    leave(place.locks, place.who)
  end
end
`;
