import type { Lifetime } from '@keepsake/core';
import type { Argument } from '../client.ts';
import { Script } from '../script.ts';
import type { Connection } from '../servers.ts';
import { lifeArgs, msArg } from './life-args.ts';
import { ANNOUNCE_LUA, CHANGED_LUA, CLOCK_LUA, FRAME_LUA, LEASE_LUA } from './prelude.ts';

/**
 * Stores entries of different keys and ends the leases of these: either all without a condition, which raises the
 * keys' own tags and tells the bus in the same step, or each by its fence, as fills after a miss, which does neither.
 * Executed after its deadline it does nothing. What all share is done once: TIME, one MGET of all that is looked at, a
 * head for each life that occurs, one message.
 *
 * KEYS the n values; the n leases; latest noticed change and the records of the keys' own tags (neither for
 *      fills, nor on a cluster)
 * ARGV 1 deadline ms or '', 2 n, 3 count of lives, 4 a letter an item: the number of its life, from '1' on; '0': do
 *      not store, only remove what is there (the value is too large); the lives (flags, age, fresh, swr, grace,
 *      sliding ms; -1: forever); the n bodies; 'fence' and the n tokens of fences, or 'always' alone; channel of the bus and
 *      messages (neither: nobody is told)
 * Returns {server ms} where it is too late, else {server ms, a code an item}: 0 fence ended, 1 stored, 5 no memory (what
 *      was there is removed), 6 removed. Any other error of a SET is the server's (a replica, a full disk), and that of all.
 */
const script = new Script(`${CLOCK_LUA}${FRAME_LUA}${LEASE_LUA}${CHANGED_LUA}${ANNOUNCE_LUA}
local now = now_ms()
if is_late(ARGV[1], now) then return { now } end
local n, lives = tonumber(ARGV[2]), tonumber(ARGV[3])
local bodies = 4 + lives
local tokens = ARGV[bodies + n + 1] == 'fence' and bodies + n + 1
announce(bodies + n + 2 + (tokens and n or 0))
local known = redis.call('MGET', unpack(KEYS, n + 1))
local byte, set = string.byte, redis.pcall
-- of each life: the head, and ms left as a text; false: forever, nil: nothing is left
local heads, left = {}, {}
for i = 1, lives do
  local flags, age, fresh, swr, grace, sliding =
    string.match(ARGV[4 + i], '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  local life = new_life(tonumber(flags), now, tonumber(age), tonumber(fresh), tonumber(swr), tonumber(grace),
    tonumber(sliding))
  heads[i] = frame(life, '')
  if life.grace >= FOREVER then left[i] = false
  elseif life.grace > now then left[i] = string.format('%.0f', life.grace - now) end
end
local is_full, failed = false, nil
local function store(i, life)
  local done
  if not is_full then
    local value = heads[life] .. ARGV[bodies + i]
    if left[life] then done = set('SET', KEYS[i], value, 'PX', left[life]) else done = set('SET', KEYS[i], value) end
    if not done.err then return 1 end
    if not string.find(done.err, 'OOM', 1, true) then
      failed = done
      return
    end
    is_full = true
  end
  redis.call('UNLINK', KEYS[i])
  return 5
end
local function remove(i, life)
  redis.call('UNLINK', KEYS[i])
  return life == 0 and 6 or 1
end
local reply = { now }
local function settle(act, i, life)
  local held = known[i]
  if tokens and holder(held) ~= ARGV[tokens + i] then reply[i + 1] = 0 return end
  reply[i + 1] = act(i, life)
  if held and not failed then end_lease(KEYS[n + i], held) end
end
local removals = {}
for i = 1, n do
  local life = byte(ARGV[4], i) - 48
  if left[life] == nil then removals[#removals + 1] = i else settle(store, i, life) end
  if failed then return failed end
end
-- Last: a script that has written anything is refused no more memory.
for _, i in ipairs(removals) do settle(remove, i, byte(ARGV[4], i) - 48) end
for i = n + 1, #known do
  if known[i] then changed(2 * n + 1, 'delete') break end
end
return reply
`);

/** One item of many. */
export interface PlainStore {
  /** The user's: what the bus is told. */
  readonly key: string;
  readonly value: string;
  readonly lease: string;
  /** Of the fence; undefined: stored without a condition. */
  readonly token: string | undefined;
  readonly ageMs: number;
  readonly life: Lifetime;
  readonly flags: number;
  readonly body: Buffer;
  readonly isTooLarge: boolean;
}

/** What all have in common; by their own fences: nothing of it. */
export interface StoreManyRequest {
  readonly items: readonly PlainStore[];
  /** Server time after which it must do nothing. */
  readonly deadlineMs: number | undefined;
  readonly changeKeys: readonly string[];
  readonly announcement: readonly Argument[];
}

export type ItemOutcome = 'fenced' | 'stored' | 'full' | 'too-large';

export type StoreManyReply =
  | { readonly outcome: 'done'; readonly outcomes: readonly ItemOutcome[] }
  | { readonly outcome: 'late'; readonly serverMs: number };

const OUTCOMES: Readonly<Record<number, ItemOutcome>> = {
  0: 'fenced',
  1: 'stored',
  5: 'full',
  6: 'too-large',
};

/** The items' keys must differ. */
export const storeMany = async (
  connection: Connection,
  { items, deadlineMs, changeKeys, announcement }: StoreManyRequest,
): Promise<StoreManyReply> => {
  const keys: string[] = [];
  for (const { value } of items) keys.push(value);
  for (const { lease } of items) keys.push(lease);
  for (const key of changeKeys) keys.push(key);
  const [serverMs = 0, ...codes] = (await script.run(
    connection,
    'store',
    keys,
    argumentsOf(items, deadlineMs, announcement),
  )) as number[];
  if (codes.length === 0) return { outcome: 'late', serverMs };
  return { outcome: 'done', outcomes: codes.map((code) => OUTCOMES[code] ?? 'full') };
};

const argumentsOf = (
  items: readonly PlainStore[],
  deadlineMs: number | undefined,
  announcement: readonly Argument[],
): Argument[] => {
  const lives = new Map<string, string>();
  let letters = '';
  for (const { flags, ageMs, life, isTooLarge } of items) {
    if (isTooLarge) {
      letters += '0';
      continue;
    }
    const text = `${flags} ${msArg(ageMs)} ${lifeArgs(life).join(' ')}`;
    let letter = lives.get(text);
    if (letter === undefined) lives.set(text, (letter = String.fromCharCode(FIRST_LETTER + lives.size)));
    letters += letter;
  }
  const args: Argument[] = [deadlineMs ?? '', items.length, lives.size, letters, ...lives.keys()];
  for (const { body, isTooLarge } of items) args.push(isTooLarge ? '' : body);
  const isFenced = items[0]?.token !== undefined;
  args.push(isFenced ? 'fence' : 'always');
  if (isFenced) for (const { token } of items) args.push(token ?? '');
  for (const one of announcement) args.push(one);
  return args;
};

const FIRST_LETTER = '1'.charCodeAt(0);
