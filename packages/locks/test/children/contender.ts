/*
 * A process that takes part in a contest: under the lock it reads a register, waits, and writes it back
 * plus one, unguarded. Lost updates show that two were inside at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { Redis } from 'ioredis';

const [url = '', prefix = '', rounds = '0'] = process.argv.slice(2);
const client = new Redis(url);
const locks = createLocks({ store: new RedisLockStore({ url, prefix }), wait: '1m' });

for (let round = 0; round < Number(rounds); round += 1) {
  await locks.run('register', async (lease) => {
    const seen = Number(await client.get(`${prefix}register`));
    await delay(1);
    lease.assertHeld();
    await client.set(`${prefix}register`, seen + 1);
    await client.rpush(`${prefix}fences`, lease.fence);
  });
}

await locks.close();
client.disconnect();
