import { randomUUID } from 'node:crypto';
import { createLocks, type Locks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { bundle, type Program } from '@keepsake/tooling/children';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('locks over processes', () => {
  const programs: Record<string, Program> = {};
  const toClose: Locks[] = [];
  let client: Redis;

  const program = (name: string): Program => {
    const found = programs[name];
    if (found === undefined) throw new Error(`${name} is not bundled`);
    return found;
  };
  const makeLocks = (prefix: string): Locks => {
    const locks = createLocks({ store: new RedisLockStore({ url: testRedisUrl(), prefix }) });
    toClose.push(locks);
    return locks;
  };

  beforeAll(async () => {
    client = new Redis(testRedisUrl());
    for (const name of ['contender', 'holder']) {
      programs[name] = await bundle(new URL(`./children/${name}.ts`, import.meta.url));
    }
  });
  afterAll(async () => {
    await Promise.all([
      ...toClose.map((locks) => locks.close()),
      ...Object.values(programs).map((p) => p.close()),
    ]);
    client.disconnect();
  });

  it('3 contending processes lose no update, and their fences rise in the order of their writes', async () => {
    const prefix = `t:${randomUUID()}:`;
    const contenders = [1, 2, 3].map(() => program('contender').start(testRedisUrl(), prefix, '60'));
    expect(await Promise.all(contenders.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(await client.get(`${prefix}register`)).toBe('180');
    const fences = (await client.lrange(`${prefix}fences`, 0, -1)).map(Number);
    expect(fences).toHaveLength(180);
    expect(fences.every((fence, at) => at === 0 || fence > (fences[at - 1] ?? 0))).toBe(true);
  });

  it('fault-24: the lock of a killed holder is had when its TTL is over', async () => {
    const prefix = `t:${randomUUID()}:`;
    const holder = program('holder').start(testRedisUrl(), prefix, '1');
    const fence = Number((await holder.line()).split(' ')[1]);
    holder.process.kill('SIGKILL');
    const killedAt = performance.now();
    const lease = await makeLocks(prefix).acquire('held', { wait: '10s' });
    expect(performance.now() - killedAt).toBeLessThan(3_000);
    expect(lease.fence).toBeGreaterThan(fence);
    await lease.release();
  });

  it('fault-25: a holder that was stopped for longer than its TTL knows it before it acts, and its fence is too low', async () => {
    const prefix = `t:${randomUUID()}:`;
    const holder = program('holder').start(testRedisUrl(), prefix, '1');
    const fence = Number((await holder.line()).split(' ')[1]);
    holder.process.stdin?.write('?\n');
    expect(await holder.line()).toBe('held');
    holder.process.kill('SIGSTOP');
    // Waits in the pipe, to be read in the first moment after the pause.
    holder.process.stdin?.write('?\n');
    const lease = await makeLocks(prefix).acquire('held', { wait: '10s' });
    holder.process.kill('SIGCONT');
    expect(await holder.line()).toMatch(/^lost (expired|stolen|unreachable)$/);
    expect(lease.fence).toBeGreaterThan(fence);
    lease.assertHeld();
    await lease.release();
    holder.process.kill('SIGKILL');
  });
});
