import { randomUUID } from 'node:crypto';
import { createLocks, type Locks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { bundle, type Program } from '@keepsake/tooling/children';
import { startRedis, testRedisUrl } from '@keepsake/tooling/servers';
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
    for (const name of ['contender', 'holder', 'waiters']) {
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

  it('fault-32: 1,000 waiters in 8 processes: at most 5 operations a hand-over, and one computation', async () => {
    await using server = await startRedis();
    const own = new Redis(server.url);
    const children = Array.from({ length: 8 }, () => program('waiters').start(server.url, 'w:', '125'));
    const ask = async (line: string): Promise<string[]> => {
      for (const child of children) child.process.stdin?.write(`${line}\n`);
      return Promise.all(children.map((child) => child.line()));
    };
    try {
      await Promise.all(children.map((child) => child.line()));
      await own.call('CONFIG', 'RESETSTAT');
      expect(await ask('wait')).toEqual(Array.from({ length: 8 }, () => 'done'));
      const stats = await own.info('commandstats');
      // What clients sent: the rest of the statistics are the commands inside scripts.
      const sent = [...stats.matchAll(/cmdstat_(?:eval|evalsha|subscribe|unsubscribe):calls=(\d+)/g)];
      const operations = sent.reduce((sum, [, calls]) => sum + Number(calls), 0);
      expect(operations / 1_000).toBeGreaterThanOrEqual(2);
      expect(operations / 1_000).toBeLessThanOrEqual(5);
      // All was given back: of a lock nothing is left but its fence.
      expect((await own.keys('w:~l*')).filter((key) => !key.startsWith('w:~lf:'))).toEqual([]);
      expect(await ask('compute')).toEqual(Array.from({ length: 8 }, () => '1'));
      for (const child of children) child.process.stdin?.end();
      expect(await Promise.all(children.map(({ ended }) => ended))).toEqual(children.map(() => 0));
    } finally {
      own.disconnect();
    }
  });
});
