/** What somebody else has left at the key of an entity is never served: neither foreign bytes nor values of another form. */
import { randomUUID } from 'node:crypto';
import { type Cache, createCache } from '@keepsake/core';
import type { StandardSchema } from '@keepsake/core/families';
import { createPhotoCache } from '@keepsake/entities';
import { RedisBackend } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const KEY = 'user:u1:permissions';

const strings: StandardSchema<string[]> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      Array.isArray(value) && value.every((one) => typeof one === 'string')
        ? { value: value }
        : { issues: [{ message: 'no list of texts' }] },
  },
};

const SCHEMAS = { schemas: { user: { permissions: strings } } };

type Poison = (at: {
  readonly client: Redis;
  readonly redisKey: string;
  readonly cache: Cache;
}) => Promise<unknown>;

const POISONS: Readonly<Record<string, Poison>> = {
  'a list of Redis': ({ client, redisKey }) => client.rpush(redisKey, 'admin'),
  'a hash of Redis': ({ client, redisKey }) => client.hset(redisKey, 'role', 'admin'),
  'no bytes': ({ client, redisKey }) => client.set(redisKey, ''),
  'JSON of another program': ({ client, redisKey }) => client.set(redisKey, '["admin"]'),
  'a counter': ({ client, redisKey }) => client.set(redisKey, '42'),
  'an object': ({ cache }) => cache.set(KEY, { role: 'admin' }),
  'a prototype': ({ cache }) =>
    cache.set(KEY, JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}')),
  'a list that holds something else': ({ cache }) => cache.set(KEY, ['read', { toString: 'admin' }]),
  'another version of the frame': async ({ client, redisKey, cache }) => {
    await cache.set(KEY, ['admin']);
    const bytes = (await client.getBuffer(redisKey)) ?? Buffer.alloc(4);
    bytes[3] = 99;
    await client.set(redisKey, bytes);
  },
};

describe.each(['binary', 'json'] as const)(
  'permissions at a key that holds something else, codec %s',
  (codec) => {
    const client = new Redis(testRedisUrl());
    const prefix = `poisoned-${randomUUID()}:`;
    let cache: Cache;

    beforeAll(async () => {
      cache = createCache({
        l1: false,
        l2: new RedisBackend({ url: testRedisUrl(), prefix, codec, commandTimeout: 5 }),
        l2Timeout: '5s',
      });
      await cache.connect({ timeout: '10s' });
    });
    afterAll(async () => {
      await cache.clear();
      await cache.close();
      client.disconnect();
    });

    it.each(Object.entries(POISONS))('are loaded: %s', async (_, poison) => {
      const at = { client, redisKey: `${prefix}${KEY}`, cache };
      const photos = createPhotoCache<{ user: { permissions: string[] } }>(cache, SCHEMAS);
      const { permissions } = photos.user;
      await client.del(at.redisKey);
      await poison(at);
      expect(await client.exists(at.redisKey)).toBe(1);
      expect((await permissions.getMany(['u1'])).size).toBe(0);
      expect(await permissions.getOrSet('u1', () => ['read'])).toEqual(['read']);
      expect(await photos.getCachedUserPermissions('u1')).toEqual(['read']);
      await client.del(at.redisKey);
      await poison(at);
      expect(await photos.getCachedUserPermissions('u1')).toBeUndefined();
      const many = await permissions.getOrSetMany(['u1', 'u2'], async (ids) =>
        ids.map((id) => [id, ['write']] as const),
      );
      expect([...many.values()]).toEqual([['write'], ['write']]);
      expect({}).not.toHaveProperty('isAdmin');
    });
  },
);
