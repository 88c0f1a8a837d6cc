/**
 * Numbers that never repeat: whatever the server forgets, evicts, restores or believes the time to be, no dead value
 * comes back. What a failover or an older snapshot brings back is the one thing that no number can tell: a removal
 * that is not in its data. It ends with the next removal, as any other entry.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendFence, isMiss } from '@keepsake/core';
import { startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisBackend } from '../src/index.ts';
import { bundle } from './bundle.ts';
import { eventually, makeBackend, ownPrefix, plainClient } from './harness.ts';
import { codeOf, FOREVER, item, look } from './items.ts';
import type { Order } from './shifted-process.ts';

const prefix = ownPrefix();
const COUNTER = `${prefix}~n:{~}`;
const MARK = `${prefix}~c:{~}`;
const record = (tag: string): string => `${prefix}~t:{~}:${tag}`;

interface Place {
  readonly redis: Redis;
  readonly backend: RedisBackend;
}

/** A backend and a plain client on one server. */
const at = async <T>(url: string, work: (place: Place) => Promise<T>): Promise<T> => {
  const redis = plainClient(url);
  const backend = makeBackend({ url, prefix });
  try {
    await backend.connect(10_000);
    return await work({ redis, backend });
  } finally {
    await backend.close();
    redis.disconnect();
  }
};

const store = (backend: RedisBackend, key: string, value: string, tag = 't'): Promise<unknown> =>
  backend.setMany([item(key, value, { tags: [tag], life: FOREVER })]);

const fenceOf = async (backend: RedisBackend, key: string): Promise<BackendFence> => {
  const read = await backend.get(key, 'fill');
  if (!isMiss(read) || !read.fence) throw new Error('expected a miss with a fence');
  return read.fence;
};

const numberAt = async (redis: Redis): Promise<number> => Number(await redis.get(COUNTER));

/** Whatever is forgotten, in whatever order things go on: old values stay dead, new ones are stored. */
const goOn = async ({ redis, backend }: Place, forget: () => Promise<unknown>): Promise<void> => {
  await store(backend, 'old', 'dead');
  const fence = await fenceOf(backend, 'late');
  await backend.invalidateTags(['t'], 'delete');
  const before = await numberAt(redis);
  await forget();
  expect(await look(backend, 'old')).toBe('miss: tag');
  expect(await backend.setMany([item('late', 'dead', { tags: ['t'], condition: fence })])).toEqual([
    'fenced',
  ]);
  await store(backend, 'new', 'alive');
  expect(await look(backend, 'new')).toBe('alive');
  expect(await look(backend, 'old')).toBe('miss: tag');
  await backend.invalidateTags(['t'], 'delete');
  expect(await numberAt(redis)).toBeGreaterThan(before);
  expect([await look(backend, 'old'), await look(backend, 'new')]).toEqual(['miss: tag', 'miss: tag']);
  await store(backend, 'new', 'again');
  expect(await look(backend, 'new')).toBe('again');
  await backend.clear('*');
};

describe('what is evicted', () => {
  it.each<[string, string[]]>([
    ['the record of the tag', [record('t')]],
    ['the counter', [COUNTER]],
    ['the latest noticed change', [MARK]],
    ['record and counter', [record('t'), COUNTER]],
    ['all of them', [record('t'), COUNTER, MARK]],
  ])('%s: brings nothing back', async (_, keys) => {
    await at(testRedisUrl(), (place) => goOn(place, () => place.redis.del(keys)));
  });

  it('a change of a key during the load of what depends on it is noticed even if its mark went', async () => {
    await at(testRedisUrl(), async ({ redis, backend }) => {
      await store(backend, 'whole', 'made of part', '#part');
      const fence = await fenceOf(backend, 'made');
      await backend.setMany([item('part', 'new')]);
      await redis.del(MARK, `${prefix}~k:{~}:part`);
      const made = item('made', 'of the old part', { tags: ['#part'], condition: fence });
      expect(await backend.setMany([made])).toEqual(['fenced']);
      expect(await look(backend, 'whole')).toBe('miss: tag');
      await backend.clear('*');
    });
  });

  it('by a server that is full, at random, brings nothing back and lets new values in', async () => {
    await using server = await startRedis({ args: ['--maxmemory-policy', 'allkeys-random'] });
    await at(server.url, async ({ redis, backend }) => {
      const tags = Array.from({ length: 300 }, (_, i) => `t${i}`);
      for (const tag of tags) await store(backend, `old-${tag}`, 'dead', tag);
      await backend.invalidateTags(tags, 'delete');
      const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
      await redis.config('SET', 'maxmemory', used + 300_000);
      const recordsLeft = async (): Promise<number> => (await redis.keys(record('*'))).length;
      const oldLeft = async (): Promise<number> => (await redis.keys(`${prefix}old-*`)).length;
      for (let n = 0; (await recordsLeft()) > 150 && n < 3_000; n += 1) {
        await redis.set(`junk:${n}`, 'x'.repeat(2_000));
      }
      // Both kinds went, and entries are left whose record went.
      expect(await recordsLeft()).toBeLessThanOrEqual(150);
      expect(await oldLeft()).toBeGreaterThan(20);
      const revived: string[] = [];
      for (const tag of tags) {
        await store(backend, `new-${tag}`, 'alive', tag);
        if ((await look(backend, `old-${tag}`)) === 'dead') revived.push(tag);
      }
      expect(revived).toEqual([]);
      await redis.config('SET', 'maxmemory', '0');
      await store(backend, 'new', 'alive', 't1');
      expect(await look(backend, 'new')).toBe('alive');
    });
  });
});

describe('a server whose clock is behind the last number', () => {
  const AHEAD = 8_000_000_000_000_000;

  it('gives rising numbers all the same, each of which ends what was stored before', async () => {
    await at(testRedisUrl(), async ({ redis, backend }) => {
      await redis.set(COUNTER, String(AHEAD));
      for (let n = 1, last = AHEAD; n <= 5; n += 1) {
        await store(backend, 'k', `v${n}`);
        expect(await look(backend, 'k')).toBe(`v${n}`);
        await backend.invalidateTags(['t'], 'delete');
        expect(await look(backend, 'k')).toBe('miss: tag');
        expect(await numberAt(redis)).toBeGreaterThan(last);
        last = await numberAt(redis);
      }
      await redis.del(COUNTER, MARK, record('t'));
    });
  });

  it('brings nothing back if it has lost that number as well, and its tags can be used again', async () => {
    await at(testRedisUrl(), async ({ redis, backend }) => {
      await redis.set(COUNTER, String(AHEAD));
      await store(backend, 'old', 'dead');
      await backend.invalidateTags(['t'], 'delete');
      await redis.del(COUNTER, MARK);
      expect(await look(backend, 'old')).toBe('miss: tag');
      // The record alone still knows how far the numbers were.
      await backend.invalidateTags(['t'], 'delete');
      expect(await look(backend, 'old')).toBe('miss: tag');
      expect(await numberAt(redis)).toBeGreaterThan(AHEAD);
      await store(backend, 'new', 'alive');
      expect(await look(backend, 'new')).toBe('alive');
      await redis.del(COUNTER, MARK, record('t'));
    });
  });
});

describe('a failover that loses the last number', () => {
  /** What was in memory or under way on the old server has no power on the new one. */
  const takeOver = async ({ redis, backend }: Place, lost: number, fence: BackendFence): Promise<void> => {
    const late = item('late', 'dead', { tags: ['t'], condition: fence });
    expect(await backend.setMany([late])).toEqual(['fenced']);
    expect(await numberAt(redis)).toBeLessThan(lost);
    // The removal is not in its data (the README says so); the next one ends what came back with it.
    expect(await look(backend, 'k')).toBe('first');
    await backend.invalidateTags(['t'], 'delete');
    // With INCR the lost number would come again, and what was made under it before the failover would pass.
    expect(await numberAt(redis)).toBeGreaterThan(lost);
    expect(await look(backend, 'k')).toBe('miss: tag');
    await store(backend, 'k', 'third');
    expect(await look(backend, 'k')).toBe('third');
  };

  it('to a replica that was cut off before it: nothing made under the lost number is taken for newer', async () => {
    await using primary = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    await using replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
    const { lost, fence } = await at(primary.url, async ({ redis, backend }) => {
      await store(backend, 'k', 'first');
      await backend.invalidateTags(['other'], 'delete');
      const copy = plainClient(replica.url);
      await eventually(async () => (await copy.get(COUNTER)) === (await redis.get(COUNTER)));
      await copy.call('REPLICAOF', 'NO', 'ONE');
      copy.disconnect();
      await backend.invalidateTags(['t'], 'delete');
      await store(backend, 'k', 'second');
      return { lost: await numberAt(redis), fence: await fenceOf(backend, 'late') };
    });
    await at(replica.url, (place) => takeOver(place, lost, fence));
  });

  it('to a snapshot from before it: the same, over the connections of before', async () => {
    await using server = await startRedis({ args: ['--dbfilename', 'numbers.rdb'] });
    await at(server.url, async (place) => {
      const { redis, backend } = place;
      await store(backend, 'k', 'first');
      await backend.invalidateTags(['other'], 'delete');
      await redis.save();
      await backend.invalidateTags(['t'], 'delete');
      await store(backend, 'k', 'second');
      const [lost, fence] = [await numberAt(redis), await fenceOf(backend, 'late')];
      await server.restart();
      await eventually(async () => (await codeOf(look(backend, 'k'))) === 'none');
      await takeOver(place, lost, fence);
    });
  });
});

describe('fault-22: two processes whose wall clocks are two hours apart', () => {
  const HOUR_MS = 3_600_000;
  let folder: string;
  let ahead: Shifted;
  let behind: Shifted;

  interface Shifted {
    ask(order: Order): Promise<unknown>;
    end(): Promise<void>;
  }

  const start = async (program: string, namespace: string, aheadMs: number): Promise<Shifted> => {
    const child: ChildProcess = fork(program, [testRedisUrl(), namespace, String(aheadMs)]);
    const gone = once(child, 'exit');
    const waiting = new Map<number, (reply: { result?: unknown; error?: string }) => void>();
    child.on('message', (reply: { id: number; result?: unknown; error?: string }) => {
      waiting.get(reply.id)?.(reply);
      waiting.delete(reply.id);
    });
    await new Promise((resolve) => waiting.set(0, resolve));
    let lastId = 0;
    return {
      ask: async (order) => {
        const id = (lastId += 1);
        const reply = await new Promise<{ result?: unknown; error?: string }>((resolve) => {
          waiting.set(id, resolve);
          child.send({ id, order });
        });
        if (reply.error !== undefined) throw new Error(reply.error);
        return reply.result;
      },
      end: async () => {
        child.disconnect();
        await gone;
      },
    };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keepsake-shifted-'));
    const program = join(folder, 'process.mjs');
    await bundle(new URL('shifted-process.ts', import.meta.url), program);
    const namespace = randomUUID();
    ahead = await start(program, namespace, HOUR_MS);
    behind = await start(program, namespace, -HOUR_MS);
  });
  afterAll(async () => {
    await ahead.end();
    await behind.end();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the other reads in the end; within Δ it may be what it had in memory. */
  const comesToRead = (reader: Shifted, key: string, value: string | undefined): Promise<void> =>
    eventually(async () => (await reader.ask({ act: 'get', key })) === value);

  it('are apart indeed', async () => {
    const [one, other] = [await ahead.ask({ act: 'now' }), await behind.ask({ act: 'now' })];
    expect(Math.abs(Number(one) - Number(other) - 2 * HOUR_MS)).toBeLessThan(60_000);
  });

  it('see the same time to live', async () => {
    await ahead.ask({ act: 'set', key: 'life', value: 'v' });
    for (const reader of [ahead, behind]) {
      const ttl = Number(await reader.ask({ act: 'ttl', key: 'life' }));
      expect(ttl).toBeGreaterThan(30);
      expect(ttl).toBeLessThanOrEqual(61);
    }
  });

  it.each(['delete', 'invalidate'] as const)(
    '%s by either ends it in both, and new values live',
    async (act) => {
      for (const [writer, remover, name] of [
        [ahead, behind, 'behind'],
        [behind, ahead, 'ahead'],
        [ahead, ahead, 'the same, ahead'],
        [behind, behind, 'the same, behind'],
      ] as const) {
        const key = `${act} by ${name}`;
        await writer.ask({ act: 'set', key, value: 'old' });
        expect(await remover.ask({ act: 'get', key })).toBe('old');
        expect(await remover.ask({ act, key })).toBe(true);
        await comesToRead(ahead, key, undefined);
        await comesToRead(behind, key, undefined);
        await writer.ask({ act: 'set', key, value: 'new' });
        await comesToRead(ahead, key, 'new');
        await comesToRead(behind, key, 'new');
      }
    },
  );

  it('a load of either that the other overtakes does not bring the old value back', async () => {
    for (const [loader, remover, name] of [
      [ahead, behind, 'behind'],
      [behind, ahead, 'ahead'],
    ] as const) {
      const key = `overtaken by ${name}`;
      const load = loader.ask({ act: 'getOrSet', key, value: 'old', loadMs: 500 });
      await eventually(async () => (await leases(key)) === 1);
      expect(await remover.ask({ act: 'invalidate', key })).toBe(true);
      expect(await remover.ask({ act: 'delete', key })).toBe(true);
      await load;
      expect(await loader.ask({ act: 'get', key })).toBeUndefined();
      expect(await remover.ask({ act: 'get', key })).toBeUndefined();
    }
  });

  const leases = async (key: string): Promise<number> => {
    const redis = plainClient();
    try {
      return (await redis.keys(`ks:~f:*${key}`)).length;
    } finally {
      redis.disconnect();
    }
  };
});
