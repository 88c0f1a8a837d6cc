import { type Cache, createCache, isMiss } from '@keepsake/core';
import { backendSuite } from '@keepsake/core/testing';
import { asyncTracking } from '@keepsake/core/tracking';
import { type RedisCluster, startRedisCluster } from '@keepsake/tooling/servers';
import { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RedisBackend, RedisBus } from '../src/index.ts';
import { MAX_IN_FLIGHT } from '../src/connection.ts';
import { slotOf } from '../src/slot.ts';
import { eventually, makeHarness, ownPrefix } from './harness.ts';
import { item, look } from './items.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
}, 60_000);
afterAll(() => cluster.stop());

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});
const opened = <T extends { close(): Promise<void> }>(one: T): T => {
  open.push(one);
  return one;
};
const makeBackend = (prefix: string = ownPrefix()): RedisBackend =>
  opened(new RedisBackend({ url: cluster.url, prefix, commandTimeout: 5 }));

backendSuite(
  'redis cluster',
  () => makeHarness({ url: cluster.url }),
  { describe, it },
  { shared: true, keyTags: false },
);

describe('a backend on a cluster', () => {
  it.each(['a{b}c', '{', '}', '}{', '{}', '{}x', '{a', 'a}', '{{a}}', '{a}{b}', '~{x}', 'ü{ß}'])(
    'stores, fills, counts and removes the key %s',
    async (key) => {
      const backend = makeBackend();
      await backend.setMany([item(key, 'v')]);
      expect(await look(backend, key)).toBe('v');
      expect(await backend.removeMany([key], 'delete')).toBe(1);
      const miss = await backend.get(key, 'fill');
      if (!isMiss(miss) || !miss.fence) throw new Error('expected a fence');
      expect(await backend.setMany([item(key, 'filled', { condition: miss.fence })])).toEqual(['stored']);
      expect(await look(backend, key)).toBe('filled');
      await backend.removeMany([key], 'delete');
      expect(await backend.increment(key, 2, 60_000)).toBe(2);
    },
  );

  it('holds many keys on all masters, and lists, counts and clears them all', async () => {
    const backend = makeBackend();
    const keys = Array.from({ length: 300 }, (_, i) => `k:${i}`);
    expect(new Set(keys.map((key) => slotOf(key))).size).toBeGreaterThan(250);
    const outcomes = await backend.setMany(keys.map((key) => item(key, key)));
    expect(new Set(outcomes)).toEqual(new Set(['stored']));
    const read = await backend.getMany([...keys, 'absent'], 'read');
    expect(read.map((one) => (isMiss(one) ? one.reason : one.value))).toEqual([...keys, 'never-set']);
    const listed: string[] = [];
    for await (const key of backend.keys('k:*')) listed.push(key);
    expect(new Set(listed)).toEqual(new Set(keys));
    expect(await backend.size('k:1*')).toBe(111);
    expect(await backend.removeMany(keys.slice(0, 100), 'delete')).toBe(100);
    expect(await backend.clear('k:*')).toBe(200);
    expect(await backend.size('*')).toBe(0);
  });

  it('takes calls about more keys than a connection takes commands at once', async () => {
    const backend = makeBackend();
    // So many that each of three masters has more slots of them than that.
    const keys = Array.from({ length: MAX_IN_FLIGHT * 12 }, (_, i) => `k:${i}`);
    const some = keys.slice(-100);
    expect(new Set(await backend.setMany(some.map((key) => item(key, 1))))).toEqual(new Set(['stored']));
    const read = await backend.getMany(keys, 'read');
    expect(read.filter((one) => isMiss(one) && one.reason === 'never-set').length).toBe(keys.length - 100);
    expect(read.slice(-100).map((one) => isMiss(one) || one.value)).toEqual(some.map(() => 1));
    expect(await backend.removeMany(keys, 'delete')).toBe(100);
  }, 60_000);

  it('judges tags whose records lie on another node', async () => {
    const backend = makeBackend();
    const keys = Array.from({ length: 20 }, (_, i) => `t:${i}`);
    await backend.setMany(keys.map((key) => item(key, key, { tags: ['all'] })));
    expect(await look(backend, 't:7')).toBe('t:7');
    const late = await backend.get('late', 'fill');
    await backend.invalidateTags(['all'], 'delete');
    const read = await backend.getMany(keys, 'read');
    expect(new Set(read.map((one) => isMiss(one) && one.reason))).toEqual(new Set(['tag']));
    // What was begun before the invalidation is not stored after it.
    if (!isMiss(late) || !late.fence) throw new Error('expected a fence');
    const stored = await backend.setMany([item('late', 1, { tags: ['all'], condition: late.fence })]);
    expect(stored).toEqual(['fenced']);
  });

  it('takes the nodes, the settings and the addresses of a Cluster of the caller’s, and leaves it alone', async () => {
    const ports = cluster.nodes.map(({ server }) => server.port);
    const [port = 0] = ports;
    const client = new Cluster([{ host: '127.0.0.1', port }, `redis://127.0.0.1:${port}`, port], {
      lazyConnect: true,
      natMap: (name) => ({ host: 'localhost', port: Number(name.split(':')[1]) }),
      redisOptions: { family: 4 },
    });
    onTestFinished(() => client.disconnect());
    const backend = opened(new RedisBackend({ client, prefix: ownPrefix(), commandTimeout: 5 }));
    await backend.connect(10_000);
    await backend.setMany([item('a', 1), item('b', 2), item('c', 3)]);
    expect(await look(backend, 'b')).toBe(2);
    expect(client.status).toBe('wait');
  });

  it.each([
    ['a set', (cache: Cache) => cache.set('user:1', 'Mia')],
    ['a delete', (cache: Cache) => cache.delete('user:1')],
    ['a clear', (cache: Cache) => cache.clear('user:*')],
  ])('takes with %s what was made of the value, wherever that lies', async (_, change) => {
    const prefix = ownPrefix();
    const make = (): Cache =>
      opened(createCache({ l1: false, l2: makeBackend(prefix), l2Timeout: 5, tracking: asyncTracking() }));
    const [one, other] = [make(), make()];
    let name = 'Lena';
    const page = (): Promise<string> =>
      other.getOrSet('page', async () => `by ${await other.getOrSet('user:1', () => name)}`);
    // The first that depends on a key is stored dead: any change may have gone unnoticed before.
    await page();
    expect(await page()).toBe('by Lena');
    name = 'Mia';
    expect(await page()).toBe('by Lena');
    await change(one);
    expect(await page()).toBe('by Mia');
  });

  it('says what is wrong where no node answers, and where the server is no cluster', async () => {
    const none = opened(new RedisBackend({ url: 'redis+cluster://127.0.0.1:1,127.0.0.1:2' }));
    await expect(none.connect(500)).rejects.toMatchObject({ code: 'ERR_CONNECT' });
    await expect(none.get('k', 'read')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    const single = opened(
      new RedisBackend({
        url: (process.env['KEEPSAKE_TEST_REDIS_URL'] ?? '').replace('redis:', 'redis+cluster:'),
      }),
    );
    await expect(single.connect(1_000)).rejects.toMatchObject({ code: 'ERR_CONNECT' });
  });

  it('opens no connection before its first use, and closes all', async () => {
    const backend = makeBackend();
    await backend.close();
    await expect(backend.get('k', 'read')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    const used = makeBackend();
    await used.connect(10_000);
    await used.close();
    await expect(used.get('k', 'read')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});

describe('a bus on a cluster', () => {
  const makeCache = (
    prefix: string,
    channel: string,
  ): { cache: Cache; ups: () => number; downs: () => number } => {
    const bus = new RedisBus({ url: cluster.url, channel });
    const cache = opened(createCache({ l2: makeBackend(prefix), bus, staleness: '2s', l2Timeout: 5 }));
    const seen = { ups: 0, downs: 0 };
    cache.on('bus.up', () => (seen.ups += 1));
    cache.on('bus.down', () => (seen.downs += 1));
    return { cache, ups: () => seen.ups, downs: () => seen.downs };
  };

  it('tells the others what has changed, and serves from memory what has not', async () => {
    const [prefix, channel] = [ownPrefix(), ownPrefix()];
    const [one, other] = [makeCache(prefix, channel), makeCache(prefix, channel)];
    await one.cache.set('k', 'old', { ttl: '10m' });
    await eventually(() => one.ups() > 0 && other.ups() > 0);
    expect(await other.cache.get('k')).toBe('old');
    let fromMemory = 0;
    other.cache.on('entry.hit', ({ tier }) => (fromMemory += tier === 'l1' ? 1 : 0));
    await eventually(async () => (await other.cache.get('k')) === 'old' && fromMemory > 0);
    await one.cache.set('k', 'new', { ttl: '10m' });
    await eventually(async () => (await other.cache.get('k')) === 'new');
    await one.cache.delete('k');
    await eventually(async () => (await other.cache.get('k')) === undefined);
  });

  it('follows its slot to another node: what is published is heard there', async () => {
    const [prefix, channel] = [ownPrefix(), ownPrefix()];
    const [one, other] = [makeCache(prefix, channel), makeCache(prefix, channel)];
    await eventually(() => one.ups() > 0 && other.ups() > 0);
    const slot = slotOf(`${channel}~epoch`);
    const owner = await cluster.masterOf(slot);
    const target = cluster.nodes.slice(0, 3).find(({ id }) => id !== owner.id);
    if (!target) throw new Error('expected another master');
    await cluster.moveSlot(slot, target);
    await eventually(() => other.downs() > 0 && other.ups() > 1, 30_000);
    await one.cache.set('k', 'old', { ttl: '10m' });
    await eventually(async () => (await other.cache.get('k')) === 'old');
    await one.cache.set('k', 'new', { ttl: '10m' });
    await eventually(async () => (await other.cache.get('k')) === 'new');
  });
});
