import { createCache } from '@keepsake/core';
import { startRedis } from '@keepsake/tooling/servers';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisBackend } from '../src/index.ts';
import { slotOf } from '../src/slot.ts';
import { makeBackend, ownPrefix, plainClient } from './harness.ts';
import { GOLDEN_V1, GOLDEN_VALUE } from './golden-v1.ts';
import { entryAt, FOREVER, item, look, MINUTE } from './items.ts';

const prefix = ownPrefix();
let redis: Redis;
let backend: RedisBackend;

beforeAll(async () => {
  redis = plainClient();
  backend = makeBackend({ prefix });
  await backend.connect(10_000);
});
afterAll(async () => {
  await backend.close();
  redis.disconnect();
});

describe('where things lie in Redis', () => {
  it('a value lies at prefix, namespace and key', async () => {
    const cache = createCache({ l1: false, l2: backend });
    await cache.set('root', 1);
    await cache.namespace('photos').set(['album', 7], 1);
    expect(await redis.exists(`${prefix}root`, `${prefix}photos:album:7`)).toBe(2);
  });

  it('its time to live is fresh time and grace, and forever has none', async () => {
    await backend.setMany([
      item('ttl', 1, { life: { freshMs: 10_000, swrMs: 2_000, graceMs: 5_000, slidingMs: 0 } }),
      item('forever', 1, { life: FOREVER }),
    ]);
    const ttl = await redis.pttl(`${prefix}ttl`);
    expect(ttl).toBeGreaterThan(13_000);
    expect(ttl).toBeLessThanOrEqual(15_000);
    expect(await redis.pttl(`${prefix}forever`)).toBe(-1);
  });

  it('a Float32Array of 512 numbers takes at most 2,048 + 64 bytes', async () => {
    await backend.setMany([
      item('short', new Float32Array(512), { costMs: 120, version: 3 }),
      item('long', new Float32Array(512), { life: { ...MINUTE, swrMs: 1_000, graceMs: 1_000 } }),
    ]);
    expect(await redis.strlen(`${prefix}short`)).toBeLessThanOrEqual(2_048 + 64);
    expect(await redis.strlen(`${prefix}long`)).toBeLessThanOrEqual(2_048 + 64);
    expect(await look(backend, 'short')).toStrictEqual(new Float32Array(512));
  });

  it('a counter is a raw integer with a time to live', async () => {
    await backend.increment('views', 41, 60_000);
    await backend.increment('views', 1, 60_000);
    expect(await redis.get(`${prefix}views`)).toBe('42');
    expect(await redis.pttl(`${prefix}views`)).toBeGreaterThan(50_000);
    expect(await backend.touch('views', Infinity)).toBe(true);
    expect(await redis.pttl(`${prefix}views`)).toBe(-1);
    expect((await entryAt(backend, 'views')).freshUntil).toBe(Infinity);
    expect(await backend.removeMany(['views'], 'expire')).toBe(1);
    expect(await look(backend, 'views')).toBe('miss: never-set');
  });

  it('a number that was set keeps its tags and windows when it is incremented', async () => {
    await backend.setMany([item('likes', 5, { tags: ['photo'], life: { ...MINUTE, graceMs: 9_000 } })]);
    await Promise.all(Array.from({ length: 5 }, () => backend.increment('likes', 1, 1)));
    const entry = await entryAt(backend, 'likes');
    expect([entry.value, entry.tags, entry.graceUntil - entry.freshUntil]).toEqual([10, ['photo'], 9_000]);
    await backend.invalidateTags(['photo'], 'delete');
    expect(await look(backend, 'likes')).toBe('miss: tag');
    expect(await backend.increment('likes', 1, 60_000)).toBe(1);
  });

  it('a key over 512 bytes lies at its first 400 and a hash, and a clear by prefix reaches it', async () => {
    const long = `big:${'k'.repeat(10_000)}`;
    await backend.setMany([item(long, 'v')]);
    expect(await look(backend, long)).toBe('v');
    const [name] = await redis.keys(`${prefix}big:*`);
    expect(name?.slice(prefix.length)).toMatch(/^big:k{396}~[0-9a-f]{64}$/);
    const names: string[] = [];
    for await (const key of backend.keys('big:*')) names.push(key);
    expect(names).toEqual([name?.slice(prefix.length)]);
    expect(await backend.clear('big:*')).toBe(1);
  });

  it('helper keys are neither listed nor counted, and keys that look like them are', async () => {
    const own = makeBackend({ prefix: ownPrefix() });
    const odd = ['~n:{~}', '~f:{1}:x', '~', '~=', '~=~x', 'x'];
    await own.setMany(odd.map((key) => item(key, key, { tags: ['t'] })));
    await own.get('missing', 'fill');
    const names = new Set<string>();
    for await (const key of own.keys('*')) names.add(key);
    expect([...names].sort()).toEqual([...odd].sort());
    expect(await own.size()).toBe(odd.length);
    expect(await own.size('~*')).toBe(5);
    expect(await own.size('[~]=*')).toBe(2);
    expect(await own.size('*=~x')).toBe(1);
    for (const key of odd) expect(await look(own, key)).toBe(key);
    expect(await own.clear('~*')).toBe(5);
    expect(await look(own, 'x')).toBe('x');
    await own.close();
  });

  it.each(['binary', 'json'] as const)('an entry of wire version 1 (%s) is read', async (codec) => {
    await redis.set(`${prefix}golden`, Buffer.from(GOLDEN_V1[codec], 'hex'));
    expect(await look(backend, 'golden')).toStrictEqual(GOLDEN_VALUE);
  });

  it.each(['binary', 'json'] as const)('and written so still, but for its time (%s)', async (codec) => {
    const own = makeBackend({ prefix, codec });
    await own.setMany([item('golden', GOLDEN_VALUE, { life: FOREVER, costMs: 7, version: 2 })]);
    const bytes = (await redis.getBuffer(`${prefix}golden`)) ?? Buffer.alloc(0);
    const golden = Buffer.from(GOLDEN_V1[codec], 'hex');
    const withoutTime = (whole: Buffer): string =>
      Buffer.concat([whole.subarray(0, 4), whole.subarray(10, 16), whole.subarray(20)]).toString('hex');
    expect(withoutTime(bytes)).toBe(withoutTime(golden));
    await own.close();
  });
});

it('slots are those of a real cluster node', async () => {
  await using server = await startRedis({ args: ['--cluster-enabled', 'yes'] });
  const node = plainClient(server.url);
  try {
    const keys = ['a{b}c', '{', '}{', '{}x', '{{a}}', 'plain', 'ü{日本}x', 'ks:~f:{1f}:a{b}c'];
    for (const key of keys) expect(await node.cluster('KEYSLOT', key), key).toBe(slotOf(key));
  } finally {
    node.disconnect();
  }
});
