/*
 * A process in which many wait for one lock, and then as many for one computation. At the first line it takes them on;
 * it prints the longest that two were inside at once here, and what was computed.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { cacheWithLock, createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { RedisBackend } from '@keepsake/redis';
import { Redis } from 'ioredis';

const [url = '', prefix = '', count = '0'] = process.argv.slice(2);
const client = new Redis(url);
const locks = createLocks({ store: new RedisLockStore({ url, prefix }), wait: '2m' });
const cache = createCache({
  l2: new RedisBackend({ url, prefix, commandTimeout: 5 }),
  l2Timeout: '5s',
});
const callers = Array.from({ length: Number(count) });
await (await locks.acquire(`warm-up ${process.pid}`)).release();
console.log('ready');

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'wait') {
    await Promise.all(callers.map(() => locks.run('one', () => delay(1))));
    console.log('done');
  } else if (line === 'compute') {
    const compute = async (): Promise<number> => {
      await delay(100);
      return client.incr(`${prefix}computed`);
    };
    const values = await Promise.all(
      callers.map(() => cacheWithLock(cache, locks, 'k', compute, { ttl: '1m' })),
    );
    console.log([...new Set(values)].join());
  } else {
    break;
  }
}

await Promise.all([locks.close(), cache.close()]);
client.disconnect();
