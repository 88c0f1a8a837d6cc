import { randomUUID } from 'node:crypto';
import { createCache } from '@keepsake/core';
import { startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRedisCache } from '../src/index.ts';
import { eventually, makeBackend, ownPrefix, plainClient } from './harness.ts';

/** Something that can be waited for until it is opened. */
const makeGate = (): { open: () => void; opened: Promise<void> } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), opened };
};

describe('a cache over Redis', () => {
  it('runs one loader for many callers of two processes, and shares the value', async () => {
    const prefix = ownPrefix();
    const caches = [1, 2].map(() => createCache({ l2: makeBackend({ prefix }), l2Timeout: 5 }));
    onTestFinished(async () => void (await Promise.all(caches.map((cache) => cache.close()))));
    await Promise.all(caches.map((cache) => cache.connect()));
    const value = await caches[0]?.getOrSet('k', async () => ({ at: new Date(7) }));
    expect(value).toEqual({ at: new Date(7) });
    let loads = 0;
    const seen = await caches[1]?.getOrSet('k', () => {
      loads += 1;
      return { at: new Date(8) };
    });
    expect([seen, loads]).toEqual([{ at: new Date(7) }, 0]);
  });

  it('does not bring back across processes what was deleted during the load', async () => {
    const prefix = ownPrefix();
    const [loading, deleting] = [1, 2].map(() =>
      createCache({ l1: false, l2: makeBackend({ prefix }), l2Timeout: 5 }),
    );
    if (!loading || !deleting) throw new Error('two caches');
    onTestFinished(async () => {
      await loading.close();
      await deleting.close();
    });
    let source = 'v1';
    for (const act of ['delete', 'set', 'tag'] as const) {
      source = 'v1';
      const key = `photo:${act}`;
      const [hasRead, mayFinish] = [makeGate(), makeGate()];
      const load = loading.getOrSet(
        key,
        async () => {
          const read = source;
          hasRead.open();
          await mayFinish.opened;
          return read;
        },
        { tags: ['photos'] },
      );
      await hasRead.opened;
      source = 'v2';
      if (act === 'delete') await deleting.delete(key);
      if (act === 'set') await deleting.set(key, 'v2');
      if (act === 'tag') await deleting.invalidateTags(['photos']);
      mayFinish.open();
      expect(await load).toBe('v1');
      expect(await deleting.getOrSet(key, async () => source, { tags: ['photos'] })).toBe('v2');
      expect(await loading.get(key)).toBe('v2');
    }
  });

  it('fault-2: goes on without Redis, and with it when it is back', async () => {
    await using server = await startRedis();
    const cache = createRedisCache({ url: server.url, staleness: '50ms' });
    onTestFinished(() => cache.close());
    await cache.connect();
    expect(await cache.set('k', 1)).toBe(true);
    await server.kill();
    let loads = 0;
    for (let i = 0; i < 50; i += 1) expect(await cache.getOrSet(`k${i}`, () => (loads += 1))).toBe(i + 1);
    expect((await cache.delete('k')).acknowledged).toBe(false);
    await expect(cache.increment('n')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await server.restart();
    await eventually(async () => cache.set('again', 1));
    expect(await cache.increment('n')).toBe(1);
  });

  it('counts, lists and clears one namespace and no other', async () => {
    const prefix = ownPrefix();
    const cache = createCache({ l2: makeBackend({ prefix }), l2Timeout: 5 });
    onTestFinished(() => cache.close());
    const [a, b] = [cache.namespace('a'), cache.namespace('a*')];
    await a.setMany({ x: 1, y: 2 });
    await b.setMany({ x: 3 });
    expect([await a.size(), await b.size()]).toEqual([2, 1]);
    expect((await b.clear()).count).toBeGreaterThanOrEqual(1);
    expect([await a.size(), await b.size()]).toEqual([2, 0]);
    expect(await a.get('x')).toBe(1);
  });

  it('leaves nothing in Redis but what it stored', async () => {
    const namespace = randomUUID();
    const cache = createRedisCache({ url: testRedisUrl(), namespace });
    await cache.getOrSet('k', () => 'v');
    await cache.getOrSet('failed', () => Promise.reject(new Error('no'))).catch(() => undefined);
    await cache.getOrSet('skipped', (context) => (context.skip(), 1));
    await cache.inspect('looked-at');
    await cache.close();
    const redis = plainClient();
    onTestFinished(() => redis.disconnect());
    await eventually(async () => (await redis.keys(`ks:*${namespace}*`)).length === 1);
    expect(await redis.del(`ks:${namespace}:k`)).toBe(1);
  });
});
