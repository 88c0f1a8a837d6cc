import type { Connection } from '../servers.ts';
import { Script } from '../script.ts';

/**
 * Sends a heartbeat to its own sender, with the name of the history that the server's data has: a random key,
 * created where it is absent (FLUSHALL, a restore of something else), the id of the server's process (a restart)
 * and that of its replication history (a failover; a primary that was a replica for a while, too).
 *
 * KEYS 1 the random key
 * ARGV 1 the sender's channel, 2 number of the heartbeat, 3 a random value for the key, 4 '1': send it only where the
 *      sender listens on this server itself (on a cluster another would pass it on, and it could overtake messages)
 * Returns how many have received it; READONLY where this server is a replica, behind its primary by nobody knows how
 * much: the connection then looks for the primary, as after a write that a replica refuses
 * INFO may be called in a script, but an ACL may forbid it (it is @dangerous; so is ROLE, which no script may
 * call): then the random key is the name alone. What it misses then loses the connections as well, but for a
 * proxy that hides that. Without memory for the key the name has none until there is.
 */
const script = new Script(`
local function info(section)
  local text = redis.pcall('INFO', section)
  return type(text) == 'string' and text or ''
end
local replication = info('replication')
if string.find(replication, 'role:slave', 1, true) then
  return redis.error_reply('READONLY this server is a replica')
end
if ARGV[4] == '1' then
  local listening = redis.pcall('PUBSUB', 'NUMSUB', ARGV[1])
  if type(listening[2]) ~= 'number' or listening[2] == 0 then return 0 end
end
local epoch = redis.call('GET', KEYS[1])
if not epoch then
  local done = redis.pcall('SET', KEYS[1], ARGV[3])
  epoch = type(done) == 'table' and done.err and '-' or ARGV[3]
end
epoch = epoch .. '.' .. (string.match(info('server'), 'run_id:(%w+)') or '')
  .. '.' .. (string.match(replication, 'master_replid:(%w+)') or '')
return redis.call('PUBLISH', ARGV[1], ARGV[2] .. ' ' .. epoch)
`);

/** How many have received it. */
export const beat = async (
  connection: Connection,
  epochKey: string,
  channel: string,
  id: number,
  newEpoch: string,
  isPinned: boolean,
): Promise<number> =>
  Number(await script.run(connection, 'beat', [epochKey], [channel, id, newEpoch, isPinned ? '1' : '']));
