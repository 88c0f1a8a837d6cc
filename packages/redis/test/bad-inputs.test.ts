/** What callers and other programs may put in, as far as Redis sees it. */
import { buildKey, createCache } from '@keepsake/core';
import { defineFamily, type Family } from '@keepsake/core/families';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisBackend } from '../src/index.ts';
import { makeBackend, ownPrefix, plainClient } from './harness.ts';
import { codeOf, item, look } from './items.ts';

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

/** What a cache over the backend sees: neither memory nor a deadline that a busy machine could miss. */
const open = (own: RedisBackend = backend): ReturnType<typeof createCache> =>
  createCache({ l1: false, l2: own, l2Timeout: 5 });

describe('keys', () => {
  it.each([
    ['CR LF', 'a\r\nSET b 1\r\n'],
    ['NUL', 'a\u0000b'],
    ['a space', 'a b'],
    ['what looks like a command', '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n'],
    ['the name of a property', '__proto__'],
    ['a byte order mark', '\ufeffk'],
  ])('with %s lie in Redis byte for byte, and are one key', async (_, key) => {
    const cache = open();
    expect(await cache.set(key, 'v')).toBe(true);
    expect(await redis.exists(Buffer.from(prefix + key))).toBe(1);
    expect(await redis.keys(`${prefix}*`)).toEqual([prefix + key]);
    expect(await cache.get(key)).toBe('v');
    expect(await cache.increment(`${key}n`)).toBe(1);
    expect((await cache.deleteMany([key, `${key}n`])).count).toBe(2);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an object', {}],
    ['a number', 7],
    ['an empty text', ''],
    ['a lone surrogate', 'a\ud800'],
    ['a list that holds a list', [['k', 'v']]],
    ['an empty list', []],
  ])('that are %s are refused before any command', async (_, key) => {
    const cache = open();
    const before = await redis.keys(`${prefix}*`);
    for (const work of [
      () => cache.get(key as never),
      () => cache.set(key as never, 1),
      () => cache.delete(key as never),
      () => cache.increment(key as never),
      () => cache.getMany([key as never]),
    ]) {
      expect(await codeOf(work())).toBe('ERR_KEY');
    }
    expect(await redis.keys(`${prefix}*`)).toEqual(before);
  });

  it('that are the arguments of a command are segments, and nothing more', async () => {
    const cache = open();
    const key = ['k', 'v', 'EX', '1'];
    expect(await cache.set(key, ['v', 'EX', '1'])).toBe(true);
    expect(await redis.keys(`${prefix}*`)).toEqual([`${prefix}k:v:EX:1`]);
    expect(await redis.pttl(`${prefix}k:v:EX:1`)).toBeGreaterThan(200_000);
    expect(await cache.get(key)).toEqual(['v', 'EX', '1']);
    expect((await cache.delete(key)).count).toBe(1);
  });

  it('of 10 KB are hashed, apart from each other, and all operations find them', async () => {
    const cache = open();
    const [one, other] = [`${'k'.repeat(10_000)}1`, `${'k'.repeat(10_000)}2`];
    await cache.set(one, 'v', { tags: ['t'.repeat(400)] });
    expect(await cache.get(other)).toBeUndefined();
    const [name = ''] = await redis.keys(`${prefix}k*`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(prefix.length + 512);
    expect(await cache.has(one)).toBe(true);
    expect(await cache.setIfAbsent(one, 'w')).toBe(false);
    expect(await cache.touch(one, 600)).toBe(true);
    expect(await cache.getOrSet(other, () => 'loaded')).toBe('loaded');
    expect([...(await cache.getMany([other, one])).values()]).toEqual(['loaded', 'v']);
    expect(await cache.increment(`${one}n`, 3)).toBe(3);
    expect((await cache.deleteMany([one, other, `${one}n`])).count).toBe(3);
    expect((await redis.keys(`${prefix}k*`)).length).toBe(0);
  });
});

describe('glob characters', () => {
  it.each(['te*st:', 'te?t:', 'te[s]t:', '[^x]:', 'te\\*:', 'a-z:'])(
    'in the prefix %s are themselves: neighbours are neither listed, counted nor cleared',
    async (inner) => {
      const own = makeBackend({ prefix: `${prefix}${inner}` });
      const neighbours = ['teXst:', 'test:', 'tet:', 'a:', 'b:', 'te*:'].map((one) => `${prefix}${one}k`);
      await redis.mset(new Map(neighbours.map((name) => [name, 'theirs'])));
      await own.setMany([item('k', 'mine')]);
      const listed: string[] = [];
      for await (const key of own.keys('*')) listed.push(key);
      expect(listed).toEqual(['k']);
      expect(await own.size('*')).toBe(1);
      expect(await own.clear('*')).toBe(1);
      expect(await redis.mget(neighbours)).toEqual(neighbours.map(() => 'theirs'));
      await redis.del(neighbours);
      await own.close();
    },
  );

  it.each([
    ['a*', 'ab'],
    ['a:b', 'a'],
    ['?', 'x'],
    ['[a-z]', 'q'],
    ['a\\', 'a'],
    ['{a}', 'a'],
  ])('tenant %j does not reach tenant %j', async (greedy, other) => {
    const cache = open();
    const [mine, theirs] = [cache.namespace(greedy), cache.namespace(other)];
    await theirs.setMany([
      ['b:k', 'theirs'],
      ['k', 'theirs'],
    ]);
    await mine.set('k', 'mine', { tags: ['t'] });
    await theirs.set('tagged', 'theirs', { tags: ['t'] });
    expect(await mine.size()).toBe(1);
    expect([...(await mine.getMany(['k', 'b:k'])).keys()]).toEqual(['k']);
    expect((await mine.invalidateTags(['t'])).acknowledged).toBe(true);
    expect((await mine.clear()).acknowledged).toBe(true);
    expect((await mine.clear('*')).acknowledged).toBe(true);
    expect(await mine.get('k')).toBeUndefined();
    expect([await theirs.get('k'), await theirs.get('b:k'), await theirs.get('tagged')]).toEqual(
      Array.from({ length: 3 }, () => 'theirs'),
    );
    expect((await theirs.clear()).acknowledged).toBe(true);
  });

  it('in a clear by prefix are the literal prefix only', async () => {
    const cache = open();
    const literal = '*?[a]\\';
    await cache.setMany([
      [`${literal}1`, 1],
      ['xya1', 1],
      [buildKey('a'), 1],
    ]);
    expect((await cache.clear({ prefix: literal })).count).toBe(1);
    expect(await cache.size()).toBe(2);
    await cache.clear();
  });
});

describe('another type of data at the key', () => {
  const fillers = {
    list: (key: string) => redis.rpush(key, 'a'),
    hash: (key: string) => redis.hset(key, 'a', '1'),
    set: (key: string) => redis.sadd(key, 'a'),
    zset: (key: string) => redis.zadd(key, 1, 'a'),
    stream: (key: string) => redis.xadd(key, '*', 'a', '1'),
  };

  it.each(Object.entries(fillers))(
    '%s: no operation rejects but increment, and a store replaces it',
    async (type, fill) => {
      const cache = open();
      const key = `wrong-${type}`;
      await fill(prefix + key);
      await cache.set('good', 'v');
      expect([...(await cache.getMany(['good', key])).keys()]).toEqual(['good']);
      expect(await cache.get(key)).toBeUndefined();
      expect(await cache.has(key)).toBe(false);
      expect(await cache.ttl(key)).toBeUndefined();
      expect(await cache.touch(key, 60)).toBe(false);
      expect(await codeOf(cache.increment(key))).toBe('ERR_COUNTER');
      expect(await redis.type(prefix + key)).toBe(type);
      expect(await cache.getOrSet(key, () => 'loaded')).toBe('loaded');
      expect(await cache.get(key)).toBe('loaded');
      for (const replace of [
        () => cache.set(key, 'stored'),
        () => cache.setIfAbsent(key, 'stored'),
        () => cache.setMany([[key, 'stored']]),
      ]) {
        await redis.del(prefix + key);
        await fill(prefix + key);
        await replace();
        expect(await cache.get(key)).toBe('stored');
      }
      for (const remove of [() => cache.delete(key), () => cache.expire(key), () => cache.clear(`${key}*`)]) {
        await redis.del(prefix + key);
        await fill(prefix + key);
        expect((await remove()).acknowledged).toBe(true);
        expect(await redis.exists(prefix + key)).toBe(0);
      }
      await cache.clear();
    },
  );

  it('at the record of a tag or at a counter of numbers is no way to a dead value', async () => {
    const own = makeBackend({ prefix: `${prefix}own:` });
    await own.setMany([item('k', 'v', { tags: ['t'] })]);
    const record = `${prefix}own:~t:{~}:t`;
    await redis.del(record);
    await redis.rpush(record, 'a');
    expect(await look(own, 'k')).toMatch(/^miss: /);
    await own.invalidateTags(['t'], 'delete');
    await redis.set(record, 'nonsense');
    expect(await look(own, 'k')).toBe('miss: tag');
    for (const helper of [record, `${prefix}own:~n:{~}`, `${prefix}own:~c:{~}`]) {
      await redis.del(helper);
      await redis.rpush(helper, 'a');
    }
    expect(await look(own, 'k')).toMatch(/^miss: /);
    await own.invalidateTags(['t'], 'delete');
    await own.setMany([item('k', 'w', { tags: ['t'] })]);
    expect(await look(own, 'k')).toBe('w');
    await own.close();
  });
});

describe('counters', () => {
  it.each(['abc', '1.5', '007', '-0', '', ' 5', '5 ', '1e3', '99999999999999999999'])(
    'that hold %j reject ERR_COUNTER, and keep what they hold',
    async (text) => {
      await redis.set(`${prefix}odd`, text);
      expect(await codeOf(open().increment('odd'))).toBe('ERR_COUNTER');
      expect(await redis.get(`${prefix}odd`)).toBe(text);
    },
  );

  it.each([
    [9_007_199_254_740_991, 1],
    [-9_007_199_254_740_991, -1],
    [9_007_199_254_740_990, 2],
  ])('at %d reject ERR_COUNTER for %d more, and stay', async (from, by) => {
    const cache = open();
    await redis.set(`${prefix}full`, String(from));
    expect(await codeOf(cache.increment('full', by))).toBe('ERR_COUNTER');
    expect(await redis.get(`${prefix}full`)).toBe(String(from));
    expect(await cache.get('full')).toBe(from);
  });

  it.each([0.5, NaN, Infinity, 2 ** 53, '1' as never])('by %d is refused before any command', async (by) => {
    expect(await codeOf(open().increment('never', by))).toMatch(/^ERR_/);
    expect(await redis.exists(`${prefix}never`)).toBe(0);
  });
});

describe('a value of version n+1', () => {
  it('is a miss to version n and stays where it is, with its own reader', async () => {
    const family = (version: number): Family<string> =>
      defineFamily<string>(open(), { name: 'album', version });
    const [older, newer] = [family(1), family(2)];
    await newer.set('7', 'of version 2');
    const bytes = await redis.getBuffer(`${prefix}album:7`);
    expect(await older.get('7')).toBeUndefined();
    expect(await redis.getBuffer(`${prefix}album:7`)).toEqual(bytes);
    expect(await newer.get('7')).toBe('of version 2');
    await newer.clear();
  });
});
