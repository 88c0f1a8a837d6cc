import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { createCounters, type Counters } from '@keepsake/entities';
import { RedisCounterStore, type RedisCounterStoreOptions } from '@keepsake/entities/redis';
import { RedisBackend } from '@keepsake/redis';
import { startFaultProxy, startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { counterStoreSuite } from './counter-store-suite.ts';
import { Table } from './table.ts';

const ownPrefix = (): string => `t:${randomUUID()}:`;
// The machine that runs the tests may stand still for longer than a command is given.
const PATIENT = { commandTimeout: 5 } as const;

counterStoreSuite('redis', async () => {
  const options = { url: testRedisUrl(), prefix: ownPrefix(), ...PATIENT };
  const [store, peer] = [new RedisCounterStore(options), new RedisCounterStore(options)];
  return {
    store,
    peer,
    wait: delay,
    close: async () => void (await Promise.all([store.close(), peer.close()])),
  };
});

describe('RedisCounterStore', () => {
  let client: Redis;
  let prefix: string;
  let table: Table;
  beforeAll(() => {
    client = new Redis(testRedisUrl());
  });
  beforeEach(() => {
    prefix = ownPrefix();
    table = new Table();
  });
  afterAll(() => client.disconnect());

  const open = (options: Partial<RedisCounterStoreOptions> = {}): Counters => {
    const store = new RedisCounterStore({ url: testRedisUrl(), prefix, ...PATIENT, ...options });
    return createCounters({ store, sink: table });
  };

  it('keeps what is pending without a TTL, and what the sink has for a day', async () => {
    await using counters = open();
    const key = `${prefix}~w:{counters}:p`;
    await counters.get('p');
    expect(await client.pttl(key)).toBeGreaterThan(86_000_000);
    await counters.increment('p');
    expect(await client.pttl(key)).toBe(-1);
    await counters.flush();
    expect(await client.pttl(key)).toBeGreaterThan(86_000_000);
    const keys = await client.keys(`${prefix}*`);
    expect(keys).toEqual([key]);
  });

  it('outlives a clear of the cache beside it', async () => {
    await using counters = open();
    await counters.increment('p');
    const cache = createCache({
      l1: false,
      l2: new RedisBackend({ url: testRedisUrl(), prefix, ...PATIENT }),
    });
    await cache.clear();
    await cache.close();
    expect(await counters.increment('p')).toBe(2);
  });

  it('goes on at what the sink has after a counter was forgotten', async () => {
    await using counters = open();
    await counters.increment('p', 12);
    await counters.flush();
    await client.del(`${prefix}~w:{counters}:p`);
    expect(await counters.increment('p')).toBe(13);
    await counters.flush();
    expect(table.total('p')).toBe(13);
  });

  it('flushes all others where something else has taken the key of one', async () => {
    const counters = open();
    for (const id of ['a', 'b', 'c']) await counters.increment(id);
    await client.set(`${prefix}~w:{counters}:b`, 'foreign');
    await counters.flush();
    expect([...table.rows.keys()].sort()).toEqual(['a', 'c']);
    await counters.increment('c');
    await counters.close();
    expect(table.total('c')).toBe(2);
  });

  it('settles all others where something else has taken the key of one', async () => {
    const counters = open();
    for (const id of ['a', 'b', 'c']) await counters.increment(id);
    const apply = table.apply.bind(table);
    table.apply = async (batches) => {
      await client.set(`${prefix}~w:{counters}:b`, 'foreign');
      return apply(batches);
    };
    await counters.flush();
    await counters.close();
    expect(await client.keys(`${prefix}~wf:*`)).toEqual([]);
    expect([table.total('a'), table.total('c')]).toEqual([1, 1]);
  });

  it('keeps counters of two names and two prefixes apart', async () => {
    await using views = open({ name: 'views' });
    await using likes = open({ name: '{likes}' });
    await views.increment('p', 3);
    expect(await likes.increment('p')).toBe(1);
    expect(await views.get('p')).toBe(3);
  });

  it('loses and doubles nothing when many count and flush at once', async () => {
    const all = [open(), open(), open()];
    table.rows.set('p', { total: 1_000, number: 7 });
    const totals = await Promise.all(
      Array.from({ length: 600 }, (_, i) => all[i % 3]?.increment('p') ?? Promise.resolve(0)),
    );
    expect(new Set(totals).size).toBe(600);
    expect(Math.max(...totals)).toBe(1_600);
    // In parallel: the first of them may have to wait for a batch that another has in hand.
    await Promise.all(all.map((counters) => counters.close()));
    expect(table.total('p')).toBe(1_600);
  });

  it('gives many totals in one go', async () => {
    await using counters = open();
    const ids = Array.from({ length: 1_200 }, (_, at) => `c${at}`);
    table.rows.set('c1100', { total: 8, number: 1 });
    const totals = await counters.getMany(ids);
    expect([totals.size, totals.get('c1100'), totals.get('c0')]).toEqual([1_200, 8, 0]);
    expect([...totals.keys()]).toEqual(ids);
  });

  it('rejects ERR_UNAVAILABLE where the server is away, and counts nothing', async () => {
    const counters = open({ url: 'redis://127.0.0.1:1', commandTimeout: 1 });
    await expect(counters.increment('p')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await expect(counters.get('p')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await expect(counters.close({ timeout: 0.1 })).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
  });

  it('does nothing that arrives after its deadline: what was rejected is not counted later', async () => {
    await using server = await startRedis();
    const counters = open({ url: server.url, commandTimeout: 0.3 });
    await expect.poll(() => counters.increment('p').catch(() => 0), { timeout: 15_000 }).toBe(1);
    server.pause();
    await expect(counters.increment('p')).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    server.resume();
    await expect.poll(() => counters.get('p').catch(() => 0), { timeout: 15_000 }).toBe(1);
    await counters.close();
  });

  it('counts an operation once though its answer was lost', async () => {
    await using proxy = await startFaultProxy(Number(new URL(testRedisUrl()).port));
    const counters = open({ url: proxy.url, commandTimeout: 2 });
    const once = () => counters.increment('p', 1, { operation: 'request 1' });
    await counters.get('p');
    proxy.halfReply(3);
    await expect(once()).rejects.toMatchObject({ name: 'CacheError' });
    await expect.poll(() => once().catch(() => 0), { timeout: 15_000 }).toBe(1);
    expect(await counters.increment('p')).toBe(2);
    await counters.close();
  });

  it('refuses a cluster, and options that make no sense', () => {
    const wrong: Partial<RedisCounterStoreOptions>[] = [
      { url: undefined },
      { url: 'redis+cluster://localhost:7000' },
      { prefix: '' },
      { name: '' },
      { name: 'x'.repeat(129) },
    ];
    for (const options of wrong) {
      expect(() => open(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    }
    expect(() => open({ commandTimeout: 0 })).toThrow(expect.objectContaining({ code: 'ERR_TTL' }));
  });
});
