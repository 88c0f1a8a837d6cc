/*
 * A process of a herd: so many callers want one lock at once, or one value by `cacheWithLock`. Waits for a line, then
 * begins; says how many commands it sent meanwhile.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { cacheWithLock, createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { RedisBackend } from '@keepsake/redis';
import { Redis } from 'ioredis';

const HOLD_MS = 1;
const COMPUTE_MS = 200;

const [url = '', prefix = '', work = 'lock', callers = '0'] = process.argv.slice(2);

let commands = 0;
const { sendCommand } = Redis.prototype;
Redis.prototype.sendCommand = function (...args) {
  commands += 1;
  return sendCommand.apply(this, args);
};

const locks = createLocks({ store: new RedisLockStore({ url, prefix, commandTimeout: 10 }), wait: '1m' });
const cache = createCache({
  l2: new RedisBackend({ url, prefix: `${prefix}c:`, commandTimeout: 10 }),
  l2Timeout: '10s',
});
const client = new Redis(url);
await (await locks.acquire(`warm-up-${process.pid}`)).release();
await cache.connect();

const hold = (): Promise<unknown> =>
  locks.run('herd', async () => {
    await client.incr(`${prefix}count`);
    commands -= 1;
    await sleep(HOLD_MS);
  });
const compute = async (): Promise<string> => {
  await client.incr(`${prefix}count`);
  await sleep(COMPUTE_MS);
  return 'value';
};
const ask = (): Promise<unknown> => cacheWithLock(cache, locks, 'herd', compute, { ttl: '1m' });

console.log('ready');
const input = createInterface({ input: process.stdin });
await once(input, 'line');
commands = 0;
await Promise.all(Array.from({ length: Number(callers) }, work === 'lock' ? hold : ask));
console.log(commands);
input.close();
await Promise.all([locks.close(), cache.close()]);
client.disconnect();
