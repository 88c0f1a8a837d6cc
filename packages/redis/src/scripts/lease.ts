import type { Connection } from '../servers.ts';
import { Script } from '../script.ts';
import { LEASE_LUA } from './prelude.ts';
import { LOOK } from './read-for-fill.ts';

/** Leases of one call. */
export const MAX_LEASES = 100;

export interface HeldLease {
  /** Redis key of the lease. */
  readonly lease: string;
  readonly token: string;
}

/** KEYS leases; ARGV their tokens. Ends each that still holds its token; returns how many. */
const releaseScript = new Script(`${LEASE_LUA}
local count = 0
for i = 1, #KEYS do
  local held = redis.call('GET', KEYS[i])
  if holder(held) == ARGV[i] then count = count + end_lease(KEYS[i], held) end
end
return count
`);

export const releaseLeases = async (connection: Connection, leases: readonly HeldLease[]): Promise<void> => {
  await releaseScript.run(
    connection,
    'release',
    leases.map((l) => l.lease),
    leases.map((l) => l.token),
  );
};

/** KEYS leases; ARGV 1 ms, then their tokens. Extends each that still holds its token; returns a 1 or 0 for each. */
const renewScript = new Script(`${LEASE_LUA}
local out = {}
for i = 1, #KEYS do
  out[i] = 0
  if holder(redis.call('GET', KEYS[i])) == ARGV[i + 1] then out[i] = redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
end
return out
`);

/** Whether each is still held. */
export const renewLeases = async (
  connection: Connection,
  leases: readonly HeldLease[],
  leaseMs: number,
): Promise<boolean[]> => {
  const tokens = leases.map((l) => l.token);
  const reply = await renewScript.run(
    connection,
    'renew',
    leases.map((l) => l.lease),
    [leaseMs, ...tokens],
  );
  return (reply as number[]).map((held) => held === 1);
};

/** KEYS leases. Ends them, whoever holds them. */
const endScript = new Script(`${LEASE_LUA}
for i = 1, #KEYS do end_lease(KEYS[i]) end
`);

/** For what reaches a key from outside: the fills of all that hold its lease are refused. */
export const endLeases = async (connection: Connection, leases: readonly string[]): Promise<void> => {
  await endScript.run(connection, 'clear', leases, []);
};

/**
 * KEYS 1 lease. Returns 1 where somebody holds it and now wakes who listens to its channel when it ends, 0 where
 * nobody is to be waited for.
 */
const awaitScript = new Script(`${LEASE_LUA}
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, 1) == '${LOOK}' then return 0 end
wait_for(KEYS[1], held)
return 1
`);

/** Whether there is something to wait for: then its end is told on the channel that has the lease's name. */
export const awaitLease = async (connection: Connection, lease: string): Promise<boolean> =>
  (await awaitScript.run(connection, 'wait', [lease], [])) === 1;
