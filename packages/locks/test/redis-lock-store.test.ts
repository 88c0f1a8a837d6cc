import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { lockStoreSuite } from '@keepsake/locks/testing';
import { startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TOKEN = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);

lockStoreSuite(
  'redis, by URL',
  async () => {
    const options = { url: testRedisUrl(), prefix: `t:${randomUUID()}:` };
    const [store, peer] = [new RedisLockStore(options), new RedisLockStore(options)];
    const close = async (): Promise<void> => void (await Promise.all([store.close(), peer.close()]));
    return { store, peer, wait: delay, close };
  },
  { describe, it },
);

describe('with a client of the caller', () => {
  let client: Redis;
  beforeAll(async () => {
    client = new Redis(testRedisUrl(), {
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      socketTimeout: 2_000,
      lazyConnect: true,
    });
    await client.connect();
  });
  afterAll(() => client.disconnect());

  lockStoreSuite(
    'redis, by client',
    async () => {
      const options = { client, prefix: `t:${randomUUID()}:` };
      const [store, peer] = [new RedisLockStore(options), new RedisLockStore(options)];
      const close = async (): Promise<void> => void (await Promise.all([store.close(), peer.close()]));
      return { store, peer, wait: delay, close };
    },
    { describe, it },
  );

  it('leaves the client open when it is closed', async () => {
    const store = new RedisLockStore({ client, prefix: `t:${randomUUID()}:` });
    await store.acquire(['a'], TOKEN, 10);
    await store.close();
    expect(await client.ping()).toBe('PONG');
  });
});

describe('RedisLockStore', () => {
  it('keeps the lock with its TTL and the fence beside it, in one slot, below its prefix', async () => {
    const prefix = `t:${randomUUID()}:`;
    const client = new Redis(testRedisUrl());
    const store = new RedisLockStore({ url: testRedisUrl(), prefix });
    try {
      const grant = await store.acquire(['a{b}%'], TOKEN, 60_000);
      const keys = (await client.keys(`${prefix}*`)).sort();
      expect(keys).toEqual([`${prefix}~l:{a%7Bb%7D%25}`, `${prefix}~l:{a%7Bb%7D%25}f`]);
      expect(await client.pttl(keys[0] ?? '')).toBeGreaterThan(30_000);
      expect(await client.get(keys[1] ?? '')).toBe(String(grant.granted && grant.fence));
      await store.release(['a{b}%'], TOKEN);
      expect(await client.keys(`${prefix}*`)).toEqual([keys[1]]);
    } finally {
      await store.close();
      client.disconnect();
    }
  });

  it('passes the place of a process that is gone at once, and leaves nothing behind but fences', async () => {
    const prefix = `t:${randomUUID()}:`;
    const client = new Redis(testRedisUrl());
    const [gone, store] = [1, 2].map(() => new RedisLockStore({ url: testRedisUrl(), prefix })) as [
      RedisLockStore,
      RedisLockStore,
    ];
    const heard: number[] = [];
    const inLine = { holders: 1, placeMs: 60_000 };
    try {
      await store.acquire(['a'], TOKEN, 60_000);
      for (let i = 0; i < 120; i += 1) {
        const token = String(i).padStart(32, '0');
        await gone.onTurn(token, () => undefined);
        await gone.acquireInLine(['a'], token, 60_000, inLine);
      }
      await store.onTurn(OTHER, (inMs) => heard.push(inMs));
      await store.acquireInLine(['a'], OTHER, 60_000, inLine);
      await gone.close();
      await delay(100);
      await store.release(['a'], TOKEN);
      for (let round = 0; round < 100 && heard.length === 0; round += 1) await delay(10);
      expect(heard).toEqual([0]);
      await store.acquireInLine(['a'], OTHER, 60_000, inLine);
      expect(await store.release(['a'], OTHER)).toBe(true);
      await store.acquireInLine(['s'], TOKEN, 60_000, { holders: 2, placeMs: 0 });
      await store.release(['s'], TOKEN);
      expect((await client.keys(`${prefix}*`)).sort()).toEqual([`${prefix}~l:{a}f`, `${prefix}~l:{s}f`]);
    } finally {
      await Promise.all([gone.close(), store.close()]);
      client.disconnect();
    }
  });

  it('gives every key that it writes an end, those of lines and shares included', async () => {
    const prefix = `t:${randomUUID()}:`;
    const client = new Redis(testRedisUrl());
    const store = new RedisLockStore({ url: testRedisUrl(), prefix });
    try {
      await store.acquireInLine(['a', 'b'], TOKEN, 60_000, { holders: Infinity, placeMs: 0 });
      await store.acquireInLine(['a', 'b'], OTHER, 60_000, { holders: 1, placeMs: 30_000 });
      await store.extend(['a', 'b'], TOKEN, 3 * 86_400_000);
      const kinds = ['f', 'p', 'q', 's'];
      const keys = ['a', 'b'].flatMap((name) => kinds.map((kind) => `${prefix}~l:{${name}}${kind}`));
      expect((await client.keys(`${prefix}*`)).sort()).toEqual(keys);
      for (const key of keys) {
        // What says that somebody shares the name, and the name's fence, outlive the share.
        const least = key.endsWith('q') ? 20_000 : 2 * 86_400_000;
        expect(await client.pttl(key)).toBeGreaterThan(least);
      }
    } finally {
      await store.close();
      client.disconnect();
    }
  });

  it('goes on with a higher fence on a server that has lost its data', async () => {
    await using server = await startRedis();
    const store = new RedisLockStore({ url: server.url });
    try {
      const before = await store.acquire(['a'], TOKEN, 60_000);
      await server.restart();
      let after = await store.acquire(['a'], TOKEN, 60_000).catch(() => undefined);
      for (let round = 0; round < 100 && after === undefined; round += 1) {
        await delay(50);
        after = await store.acquire(['a'], TOKEN, 60_000).catch(() => undefined);
      }
      expect(before.granted && after?.granted && after.fence > before.fence).toBe(true);
    } finally {
      await store.close();
    }
  });

  it.each(['inf', '9007199254740991', '1e300', '-9e15'])(
    'gives no fence that is none after a record of %s',
    async (record) => {
      const prefix = `t:${randomUUID()}:`;
      const client = new Redis(testRedisUrl());
      const store = new RedisLockStore({ url: testRedisUrl(), prefix });
      try {
        await client.set(`${prefix}~l:{a}f`, record);
        const fence = await store.acquire(['a'], TOKEN, 1_000).then(
          (grant) => grant.granted && grant.fence,
          (error: unknown) => error,
        );
        if (typeof fence === 'number') expect(Number.isSafeInteger(fence) && fence > 0).toBe(true);
        else expect(fence).toMatchObject({ code: 'ERR_UNAVAILABLE' });
      } finally {
        await store.close();
        client.disconnect();
      }
    },
  );

  it('stands in line for the longest wait there is', async () => {
    const options = { url: testRedisUrl(), prefix: `t:${randomUUID()}:` };
    await using locks = createLocks({ store: new RedisLockStore(options) });
    await using peer = createLocks({ store: new RedisLockStore(options) });
    const held = await locks.acquire('a');
    const waiting = peer.acquire('a', { wait: Number.MAX_SAFE_INTEGER });
    await delay(50);
    await held.release();
    expect((await waiting).name).toBe('a');
  });

  it('waits for the end of a foreign key without a TTL by looking again', async () => {
    const prefix = `t:${randomUUID()}:`;
    const client = new Redis(testRedisUrl());
    const store = new RedisLockStore({ url: testRedisUrl(), prefix });
    try {
      await client.set(`${prefix}~l:{a}`, 'something else');
      expect(await store.acquire(['a'], TOKEN, 1_000)).toEqual({ granted: false, heldForMs: 1_000 });
      expect(await store.release(['a'], TOKEN)).toBe(false);
    } finally {
      await store.close();
      client.disconnect();
    }
  });

  it('rejects ERR_UNAVAILABLE or ERR_TIMEOUT where no server is', async () => {
    const server = await startRedis();
    await server.stop();
    const store = new RedisLockStore({ url: server.url });
    try {
      await expect(store.acquire(['a'], TOKEN, 1_000)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(UNAVAILABLE|TIMEOUT)$/),
      });
      await expect(store.onRelease(['a'], () => undefined)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(UNAVAILABLE|TIMEOUT)$/),
      });
    } finally {
      await store.close();
    }
  });

  it.each([
    [{}],
    [{ url: 'http://127.0.0.1' }],
    [{ url: 'redis://127.0.0.1', prefix: 7 }],
    [{ url: 'redis://127.0.0.1', prefix: 'x'.repeat(200) }],
    [{ client: {} }],
  ])('refuses the options %j with ERR_OPTION', (options) => {
    expect(() => new RedisLockStore(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});

describe('a user that may not publish', () => {
  it('holds and frees locks; who waits comes when the TTL that it was told is over', async () => {
    await using server = await startRedis();
    const admin = new Redis(server.url);
    await admin.call('ACL', 'SETUSER', 'quiet', 'on', '>pw', '~*', '+@all', 'resetchannels');
    const url = server.url.replace('redis://', 'redis://quiet:pw@');
    const locks = createLocks({ store: new RedisLockStore({ url }), ttl: '200ms' });
    const lease = await locks.acquire('job');
    const next = locks.acquire('job');
    expect(await lease.release()).toBe(true);
    expect(await (await next).release()).toBe(true);
    await locks.close();
    admin.disconnect();
  });
});
