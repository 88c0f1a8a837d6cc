import { setTimeout as delay } from 'node:timers/promises';
import { createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { type RedisServer, startRedis, startRedisSentinel } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

const TOKEN = 'a'.repeat(32);
const UNCONFIRMED = { code: 'ERR_UNAVAILABLE', message: expect.stringContaining('replicas confirmed') };

/** A primary with one replica that follows it. */
const startPair = async (): Promise<{ primary: RedisServer; replica: RedisServer }> => {
  const primary = await startRedis();
  const args = ['--replicaof', `127.0.0.1 ${primary.port}`, '--repl-diskless-sync-delay', '0'];
  const replica = await startRedis({ args });
  const client = new Redis(primary.url);
  for (let round = 0; round < 300; round += 1) {
    if (/state=online/.test(await client.info('replication'))) break;
    await delay(50);
  }
  client.disconnect();
  return { primary, replica };
};

describe('replicas: { wait }', () => {
  it('fault-30: gives a lock that the replica has, and none that it does not have', async () => {
    const { primary, replica } = await startPair();
    const follower = new Redis(replica.url);
    const store = new RedisLockStore({ url: primary.url, replicas: { wait: 1, timeout: '200ms' } });
    const locks = createLocks({ store, ttl: '30s' });
    const plain = createLocks({ store: new RedisLockStore({ url: primary.url }) });
    try {
      await (await locks.acquire('warm-up', { wait: '10s' })).release();
      const lease = await locks.acquire('a', { wait: '10s' });
      expect(await follower.get('ks:~l:{a}')).toBe(`${lease.token}:${lease.fence}`);
      replica.pause();
      await expect(locks.acquire('b', { wait: '10s' })).rejects.toMatchObject(UNCONFIRMED);
      await expect(locks.tryAcquire('b')).rejects.toMatchObject(UNCONFIRMED);
      await expect(lease.extend()).rejects.toMatchObject(UNCONFIRMED);
      // It is given back, long before its TTL.
      await (await plain.acquire('b', { wait: '10s' })).release();
      lease.assertHeld();
      replica.resume();
      await lease.extend();
      expect(await lease.release()).toBe(true);
    } finally {
      follower.disconnect();
      await Promise.all([locks.close(), plain.close()]);
      await Promise.all([replica.stop(), primary.stop()]);
    }
  });

  it('refuses where there are fewer replicas than it waits for', async () => {
    await using server = await startRedis();
    const store = new RedisLockStore({ url: server.url, replicas: { wait: 1, timeout: '50ms' } });
    try {
      await expect(store.acquire(['a'], TOKEN, 60_000)).rejects.toMatchObject(UNCONFIRMED);
    } finally {
      await store.close();
    }
  });

  it('fault-30: a lock that a replica has confirmed is still held after the sentinels have promoted it', async () => {
    await using group = await startRedisSentinel();
    const open = (): RedisLockStore => new RedisLockStore({ url: group.url, replicas: { wait: 1 } });
    const [store, peer] = [open(), new RedisLockStore({ url: group.url })];
    try {
      const grant = await store.acquire(['a'], TOKEN, 120_000);
      expect(grant.granted).toBe(true);
      await (await group.primary()).kill();
      let answer;
      for (let round = 0; round < 300 && answer === undefined; round += 1) {
        answer = await peer.acquire(['a'], 'b'.repeat(32), 60_000).catch(() => undefined);
        if (answer === undefined) await delay(100);
      }
      expect(answer).toMatchObject({ granted: false });
    } finally {
      await Promise.all([store.close(), peer.close()]);
    }
  }, 60_000);

  it.each([
    [{ wait: 0 }],
    [{ wait: 1.5 }],
    [{ wait: 101 }],
    [{ wait: '1' }],
    [{}],
    [{ wait: 1, timeout: '1s' }],
  ])('refuses the options %j with ERR_OPTION', (replicas) => {
    expect(() => new RedisLockStore({ url: 'redis://127.0.0.1', replicas: replicas as never })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});
