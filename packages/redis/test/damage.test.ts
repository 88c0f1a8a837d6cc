import { type BackendEvent, isMiss } from '@keepsake/core';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisBackend } from '../src/index.ts';
import { eventually, makeBackend, ownPrefix, plainClient } from './harness.ts';
import { item, look } from './items.ts';

const prefix = ownPrefix();
const events: BackendEvent[] = [];
let redis: Redis;
let backend: RedisBackend;

beforeAll(async () => {
  redis = plainClient();
  backend = makeBackend({ prefix });
  await backend.connect(10_000);
  backend.subscribe((event) => events.push(event));
});
afterAll(async () => {
  await backend.close();
  redis.disconnect();
});

/** A stream of numbers that is the same in every run (mulberry32). */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

/** Turns the bits of one byte over. */
const change = (bytes: Buffer, at: number, bits: number): Buffer => {
  bytes[at] = (bytes[at] ?? 0) ^ bits;
  return bytes;
};

const stored = async (value: unknown): Promise<Buffer> => {
  await backend.setMany([
    item('source', value, {
      tags: ['t'],
      life: { freshMs: 60_000, swrMs: 5_000, graceMs: 9_000, slidingMs: 0 },
    }),
  ]);
  return (await redis.getBuffer(`${prefix}source`)) ?? Buffer.alloc(0);
};

describe('fault-34: bytes that are no entry', () => {
  it('are a miss and an event, 5,000 ways, and never a wrong value or a rejection', async () => {
    const value = { title: 'Dawn', at: new Date(5), list: [1, 2, 3], vector: new Float32Array([1, 2]) };
    const good = await stored(value);
    const random = randomFrom(20_261_122);
    const below = (n: number): number => Math.floor(random() * n);
    const damaged = Array.from({ length: 5_000 }, (_, i) => {
      const bytes = Buffer.from(good);
      switch (i % 5) {
        case 0: // a flipped bit
          return change(bytes, below(bytes.length), 1 << below(8));
        case 1: // several wrong bytes
          for (let n = 0; n <= below(6); n += 1) change(bytes, below(bytes.length), 1 + below(255));
          return bytes;
        case 2: // cut
          return bytes.subarray(0, below(bytes.length));
        case 3: // a part moved
          return Buffer.concat([bytes.subarray(below(bytes.length)), bytes.subarray(0, below(bytes.length))]);
        default: // foreign
          return Buffer.from(Array.from({ length: 1 + below(80) }, () => below(256)));
      }
    }).filter((bytes) => !bytes.equals(good) && !/^(0|-?[1-9][0-9]*)$/.test(bytes.toString('latin1')));
    expect(damaged.length).toBeGreaterThan(4_900);
    for (let start = 0; start < damaged.length; start += 500) {
      const page = damaged.slice(start, start + 500);
      await redis.mset(new Map(page.map((bytes, i) => [`${prefix}d${start + i}`, bytes])));
      const reads = await backend.getMany(
        page.map((_, i) => `d${start + i}`),
        'read',
      );
      reads.forEach((read, i) => {
        if (!isMiss(read) || (read.reason !== 'corrupt' && read.reason !== 'schema')) {
          throw new Error(`${page[i]?.toString('hex')} gave ${JSON.stringify(read)}`);
        }
      });
    }
    expect(events.filter((event) => event.type === 'corrupt').length).toBe(damaged.length);
    await eventually(async () => (await redis.keys(`${prefix}d*`)).length === 0);
    expect(await look(backend, 'source')).toEqual(value);
  });

  it('are no obstacle: a fence is given, and the fill replaces them', async () => {
    await redis.set(`${prefix}bad`, 'not ours');
    const read = await backend.get('bad', 'fill');
    expect(read).toMatchObject({ reason: 'corrupt' });
    if (!isMiss(read) || !read.fence) throw new Error('expected a fence');
    expect(await backend.setMany([item('bad', 'good', { condition: read.fence })])).toEqual(['stored']);
    expect(await look(backend, 'bad')).toBe('good');
  });

  it('of a newer wire version are a miss and stay where they are', async () => {
    const bytes = await stored('x');
    const { createHash } = await import('node:crypto');
    bytes[2] = 2;
    createHash('sha1').update(bytes.subarray(0, 34)).digest().copy(bytes, 34, 0, 4);
    await redis.set(`${prefix}newer`, bytes);
    expect(await look(backend, 'newer')).toBe('miss: schema');
    expect(await redis.getBuffer(`${prefix}newer`)).toEqual(bytes);
    expect(await backend.touch('newer', Infinity)).toBe(false);
  });

  it('of another codec are a miss and stay where they are', async () => {
    const custom = makeBackend({
      prefix,
      codec: { id: 77, encode: (v) => Buffer.from(String(v)), decode: (b) => b.toString() },
    });
    await custom.setMany([item('other', 'text')]);
    expect(await look(custom, 'other')).toBe('text');
    expect(await look(backend, 'other')).toBe('miss: schema');
    expect(await redis.exists(`${prefix}other`)).toBe(1);
    await custom.close();
  });

  it('another type of data at the key is a miss, an event, and not deleted', async () => {
    await redis.rpush(`${prefix}list`, 'a');
    const before = events.length;
    expect(await look(backend, 'list')).toBe('miss: corrupt');
    expect(events.slice(before)).toMatchObject([{ type: 'corrupt', key: 'list' }]);
    expect(await redis.type(`${prefix}list`)).toBe('list');
    await expect(backend.increment('list', 1, 1_000)).rejects.toMatchObject({ code: 'ERR_COUNTER' });
  });

  it('abc at the key of a counter rejects ERR_COUNTER', async () => {
    await redis.set(`${prefix}abc`, 'abc');
    await expect(backend.increment('abc', 1, 1_000)).rejects.toMatchObject({ code: 'ERR_COUNTER' });
    expect(await redis.get(`${prefix}abc`)).toBe('abc');
  });
});
