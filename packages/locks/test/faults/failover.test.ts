import { setTimeout as sleep } from 'node:timers/promises';
import { RedisLockStore } from '@keepsake/locks/redis';
import { startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { MemoryRegister } from '@keepsake/tooling/lock-history';

const TTL_MS = 60_000;

const follow = async (replica: Redis, port: number): Promise<void> => {
  await replica.call('REPLICAOF', '127.0.0.1', String(port));
  while (!(await replica.info('replication')).includes('master_link_status:up')) await sleep(20);
};

describe('a failover', { timeout: 60_000 }, () => {
  it('fault-30: may lose a lock, which is then granted twice; the fence goes on rising, and tells them apart', async () => {
    await using primary = await startRedis();
    await using replica = await startRedis();
    await using way = await startFaultProxy(primary.port);
    const follower = new Redis(replica.url, { maxRetriesPerRequest: null });
    const [before, after] = [primary.url, replica.url].map((url) => new RedisLockStore({ url }));
    if (!before || !after) throw new Error('there are two servers');
    try {
      await follow(follower, way.port);
      // The grant is acknowledged, and the replica never gets it.
      way.blackhole(true);
      const first = await before.acquire(['a'], 'a'.repeat(32), TTL_MS);
      await primary.kill();
      await follower.call('REPLICAOF', 'NO', 'ONE');
      const second = await after.acquire(['a'], 'b'.repeat(32), TTL_MS);
      if (!first.granted || !second.granted) throw new Error('each was to be granted');
      expect(second.fence).toBeGreaterThan(first.fence);
      const register = new MemoryRegister(true);
      register.read('a', first.fence);
      register.read('a', second.fence);
      expect(register.write('a', first.fence, 0)).toBeUndefined();
      expect(register.write('a', second.fence, 0)).toBe(0);
    } finally {
      follower.disconnect();
      await Promise.all([before.close(), after.close()]);
    }
  });
});
