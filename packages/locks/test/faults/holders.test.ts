import { randomUUID } from 'node:crypto';
import { createLocks, type Locks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { bundle, type Program } from '@keepsake/tooling/children';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisRegister } from '@keepsake/tooling/lock-history';
import { FACTOR, tell } from './figures.ts';

const ROUNDS = 3;
const TTL_S = 1;

describe('holders', { timeout: 60_000 }, () => {
  let holder: Program;
  let writer: Program;
  let database: Redis;
  const toClose: Locks[] = [];
  const makeLocks = (prefix: string): Locks => {
    const locks = createLocks({
      store: new RedisLockStore({ url: testRedisUrl(), prefix }),
      ttl: TTL_S,
      wait: '20s',
    });
    toClose.push(locks);
    return locks;
  };

  beforeAll(async () => {
    holder = await bundle(new URL('../children/holder.ts', import.meta.url));
    writer = await bundle(new URL('./children/fenced-writer.ts', import.meta.url));
    database = new Redis(testRedisUrl());
  });
  afterAll(async () => {
    await Promise.all([holder.close(), writer.close(), ...toClose.map((locks) => locks.close())]);
    database.disconnect();
  });

  it('fault-24: the lock of a killed holder is had when its TTL is over', async () => {
    let worstMs = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const prefix = `t:${randomUUID()}:`;
      const child = holder.start(testRedisUrl(), prefix, String(TTL_S));
      const fence = Number((await child.line()).split(' ')[1]);
      const waiting = makeLocks(prefix).acquire('held');
      child.process.kill('SIGKILL');
      const killedAtMs = performance.now();
      const lease = await waiting;
      worstMs = Math.max(worstMs, performance.now() - killedAtMs);
      expect(lease.fence).toBeGreaterThan(fence);
      await lease.release();
    }
    tell('fault-24', { 'TTL of 1,000 ms: had after, ms': worstMs });
    expect(worstMs).toBeLessThan(FACTOR * (TTL_S * 1_000 + 50));
  });

  it('fault-25: a holder that was stopped between its check and its write is refused by its fence', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const prefix = `t:${randomUUID()}:`;
      const register = new RedisRegister(database, true);
      const child = writer.start(testRedisUrl(), prefix, String(TTL_S));
      const fence = Number((await child.line()).split(' ')[1]);
      child.process.kill('SIGSTOP');
      // Waits in the pipe, to be read in the first moment after the pause.
      child.process.stdin?.write('write\n');
      const lease = await makeLocks(prefix).acquire('held');
      expect(lease.fence).toBeGreaterThan(fence);
      const seen = await register.read(prefix, lease.fence);
      expect(seen).toBe(0);
      expect(await register.write(prefix, lease.fence, 0)).toBe(0);
      child.process.kill('SIGCONT');
      expect(await child.line()).toBe('refused');
      expect(await child.line()).toMatch(/^lost (expired|stolen|unreachable)$/);
      expect(await register.read(prefix, lease.fence)).toBe(1);
      lease.assertHeld();
      await lease.release();
      expect(await child.ended).toBe(0);
    }
  });
});
