/* A process that takes a lock, says its fence, and holds on; asked by a line, it says whether it still holds. */
import { createInterface } from 'node:readline';
import { createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';

const [url = '', prefix = '', ttl = '1'] = process.argv.slice(2);
const locks = createLocks({ store: new RedisLockStore({ url, prefix }) });
const lease = await locks.acquire('held', { ttl: Number(ttl) });
console.log(`fence ${lease.fence}`);

for await (const _ of createInterface({ input: process.stdin })) {
  try {
    lease.assertHeld();
    console.log('held');
  } catch (error) {
    console.log(`lost ${String((error as Error).cause)}`);
  }
}
