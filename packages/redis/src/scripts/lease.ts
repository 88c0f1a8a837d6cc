import type { RedisConnection } from '../connection.ts';
import { Script } from '../script.ts';

/** Leases of one call. */
export const MAX_LEASES = 100;

export interface HeldLease {
  /** Redis key of the lease. */
  readonly lease: string;
  readonly token: string;
}

/** KEYS leases; ARGV their tokens. Deletes each that still holds its token; returns how many. */
const releaseScript = new Script(`
local count = 0
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[i] then count = count + redis.call('UNLINK', KEYS[i]) end
end
return count
`);

export const releaseLeases = async (
  connection: RedisConnection,
  leases: readonly HeldLease[],
): Promise<void> => {
  await releaseScript.run(
    connection,
    'release',
    leases.map((l) => l.lease),
    leases.map((l) => l.token),
  );
};

/** KEYS leases; ARGV 1 ms, then their tokens. Extends each that still holds its token; returns a 1 or 0 for each. */
const renewScript = new Script(`
local out = {}
for i = 1, #KEYS do
  out[i] = 0
  if redis.call('GET', KEYS[i]) == ARGV[i + 1] then out[i] = redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
end
return out
`);

/** Whether each is still held. */
export const renewLeases = async (
  connection: RedisConnection,
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
