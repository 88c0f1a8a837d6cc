/*
 * A process that takes a lock, checks it, reads a guarded register, says its fence, and waits for a line; then it
 * writes without looking again, and says what came of it and what it knows of its lease.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { Redis } from 'ioredis';
import { RedisRegister } from '@keepsake/tooling/lock-history';

const [url = '', prefix = '', ttl = '1'] = process.argv.slice(2);
const database = new Redis(url);
const locks = createLocks({ store: new RedisLockStore({ url, prefix }) });
const lease = await locks.acquire('held', { ttl: Number(ttl) });
const register = new RedisRegister(database, true);
const seen = await register.read(prefix, lease.fence);
lease.assertHeld();
console.log(`fence ${lease.fence}`);
const input = createInterface({ input: process.stdin });
await once(input, 'line');
const found = await register.write(prefix, lease.fence, seen ?? NaN);
console.log(found === undefined ? 'refused' : `replaced ${found}`);
try {
  lease.assertHeld();
  console.log('held');
} catch (error) {
  console.log(`lost ${String((error as Error).cause)}`);
}
input.close();
await locks.close();
database.disconnect();
