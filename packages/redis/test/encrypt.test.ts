import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { type BackendEvent, CacheError, createCache, isMiss } from '@keepsake/core';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisBackend } from '../src/index.ts';
import { ENCRYPTED } from '../src/wire/encryption.ts';
import { decodeFrame, encodeBody, FLAG_NEGATIVE, type Frame, isFrame } from '../src/wire/frame.ts';
import {
  GOLDEN_KEY,
  GOLDEN_LONG_VALUE,
  GOLDEN_PACKED_V1,
  GOLDEN_PREFIX,
  GOLDEN_SECRET,
} from './golden-packed-v1.ts';
import { GOLDEN_VALUE } from './golden-v1.ts';
import { eventually, makeBackend, ownPrefix, plainClient } from './harness.ts';
import { entryAt, FOREVER, item, look, MINUTE } from './items.ts';

const prefix = ownPrefix();
const secret = randomBytes(32);
const older = randomBytes(32);
const events: BackendEvent[] = [];
let redis: Redis;
let backend: RedisBackend;
let plain: RedisBackend;

beforeAll(async () => {
  redis = plainClient();
  backend = makeBackend({ prefix, encrypt: { keys: [secret] } });
  plain = makeBackend({ prefix });
  await backend.connect(10_000);
  await plain.connect(10_000);
  backend.subscribe((event) => events.push(event));
});
afterAll(async () => {
  await backend.close();
  await plain.close();
  redis.disconnect();
});

const bytesAt = async (key: string): Promise<Buffer> =>
  (await redis.getBuffer(prefix + key)) ?? Buffer.alloc(0);

const frameAt = async (key: string): Promise<Frame> => {
  const frame = decodeFrame(await bytesAt(key));
  if (!isFrame(frame)) throw new Error(frame.detail);
  return frame;
};

/** Stores a changed frame, intact by its checksums: what somebody does who can write to Redis. */
const forge = async (key: string, frame: Frame): Promise<void> => {
  await redis.set(prefix + key, Buffer.concat([frame.head, encodeBody(frame)]));
};

const VALUE = { name: 'Ada Lovelace', born: new Date(-4_861_123_200_000), vector: new Float32Array([1, 2]) };

describe('encryption', () => {
  it('leaves nothing readable in Redis and gives the value back as it was', async () => {
    await backend.setMany([item('ada', VALUE, { tags: ['t'] })]);
    expect((await frameAt('ada')).codec).toBe(ENCRYPTED);
    expect((await bytesAt('ada')).includes('Lovelace')).toBe(false);
    expect(await look(backend, 'ada')).toStrictEqual(VALUE);
  });

  it('never writes the same bytes twice', async () => {
    await backend.setMany([item('one', 'same')]);
    const first = await frameAt('one');
    await backend.setMany([item('one', 'same')]);
    expect((await frameAt('one')).payload.equals(first.payload)).toBe(false);
  });

  it('compresses first', async () => {
    const both = makeBackend({ prefix, compress: { minBytes: 100 }, encrypt: { keys: [secret] } });
    const text = 'summer '.repeat(1_000);
    await both.setMany([item('both', text)]);
    expect(await redis.strlen(`${prefix}both`)).toBeLessThan(300);
    expect(await look(both, 'both')).toBe(text);
    expect(await look(backend, 'both')).toBe(text);
    await both.close();
  });

  it('carries touch, expire, tags, a condition and an increment of an entry', async () => {
    await backend.setMany([
      item('n', 41, { tags: ['t'], life: { ...MINUTE, swrMs: 9_000, graceMs: 9_000 } }),
    ]);
    expect(await backend.setMany([item('n', 1, { condition: 'absent' })])).toEqual(['present']);
    expect(await backend.increment('n', 1, 1_000)).toBe(42);
    expect((await frameAt('n')).codec).toBe(ENCRYPTED);
    expect(await backend.touch('n', 90_000)).toBe(true);
    expect(await backend.removeMany(['n'], 'expire')).toBe(1);
    expect((await entryAt(backend, 'n')).value).toBe(42);
    await backend.invalidateTags(['t'], 'delete');
    expect(await look(backend, 'n')).toBe('miss: tag');
  });

  it('does not reach counters: they stay raw integers, as the guide says', async () => {
    expect(await backend.increment('views', 2, 1_000)).toBe(2);
    expect(await redis.get(`${prefix}views`)).toBe('2');
    await backend.setMany([item('plain number', 5)]);
    expect(await backend.increment('plain number', 1, 1_000)).toBe(6);
    expect(await redis.get(`${prefix}plain number`)).toBe('6');
  });

  it('covers the negative entries of a cache', async () => {
    const cache = createCache({ l1: false, l2: backend, negativeTtl: 60 });
    let loads = 0;
    const load = (): undefined => void (loads += 1);
    await cache.getOrSet('nobody', load);
    await cache.getOrSet('nobody', load);
    expect(loads).toBe(1);
    expect((await frameAt('nobody')).codec).toBe(ENCRYPTED);
  });
});

describe('keys', () => {
  it('are rotated: the first encrypts, the older ones still decrypt', async () => {
    const before = makeBackend({ prefix, encrypt: { keys: [older] } });
    const during = makeBackend({ prefix, encrypt: { keys: [secret, older.toString('base64')] } });
    await before.setMany([item('old', VALUE)]);
    expect(await look(during, 'old')).toStrictEqual(VALUE);
    await during.setMany([item('new', VALUE)]);
    expect(await look(backend, 'new')).toStrictEqual(VALUE);
    expect(await look(before, 'new')).toBe('miss: schema');
    await before.close();
    await during.close();
  });

  it('that are unknown are a miss and an event, and the entry is left to who has them', async () => {
    const other = makeBackend({ prefix, encrypt: { keys: [older] } });
    await other.setMany([item('theirs', VALUE)]);
    const [bytes, before] = [await bytesAt('theirs'), events.length];
    expect(await look(backend, 'theirs')).toBe('miss: schema');
    expect(events.slice(before)).toMatchObject([
      { type: 'corrupt', key: 'theirs', detail: expect.stringMatching(/encrypt\.keys/) as string },
    ]);
    expect(await look(plain, 'theirs')).toBe('miss: schema');
    expect(await bytesAt('theirs')).toEqual(bytes);
    await other.close();
  });

  it.each(['base64', 'base64url', 'bytes', 'subarray'])('may be given as %s', async (form) => {
    const key =
      form === 'bytes'
        ? new Uint8Array(secret)
        : form === 'subarray'
          ? new Uint8Array([1, ...secret, 2]).subarray(1, 33)
          : secret.toString(form as 'base64');
    const own = makeBackend({ prefix, encrypt: { keys: [key] } });
    await own.setMany([item('form', 1)]);
    expect(await look(backend, 'form')).toBe(1);
    await own.close();
  });

  it('do not change when the caller wipes them', async () => {
    const mine = Uint8Array.from(secret);
    const own = makeBackend({ prefix, encrypt: { keys: [mine] } });
    mine.fill(0);
    await own.setMany([item('wiped', 1)]);
    expect(await look(backend, 'wiped')).toBe(1);
    expect(inspect(own, { depth: 9, showHidden: true })).not.toContain(secret.toString('hex').slice(0, 8));
    await own.close();
  });
});

describe('who can write to Redis and has no key', () => {
  const spoiled = async (key: string): Promise<void> => {
    expect(await look(backend, key)).toBe('miss: corrupt');
    await eventually(async () => (await redis.exists(prefix + key)) === 0);
  };

  it('cannot move a value to another key', async () => {
    await backend.setMany([item('user:1', VALUE)]);
    await redis.copy(`${prefix}user:1`, `${prefix}user:2`);
    await spoiled('user:2');
    expect(await look(backend, 'user:1')).toStrictEqual(VALUE);
  });

  it('cannot change a bit of it, wherever it is', async () => {
    await backend.setMany([item('bits', 'secret')]);
    const frame = await frameAt('bits');
    // The first four bytes name the key; an unknown one is no reason to delete.
    for (let at = 0; at < frame.payload.length; at += 1) {
      const payload = Buffer.from(frame.payload);
      payload[at] = (payload[at] ?? 0) ^ 1;
      await forge('bits', { ...frame, payload });
      expect(await look(backend, 'bits'), `byte ${at}`).toBe(at < 4 ? 'miss: schema' : 'miss: corrupt');
    }
  });

  it('cannot cut it, or pass it off as another schema version', async () => {
    await backend.setMany([item('cut', 'secret', { version: 3 })]);
    const frame = await frameAt('cut');
    for (let length = 4; length < frame.payload.length; length += 1) {
      await forge('cut', { ...frame, payload: frame.payload.subarray(0, length) });
      expect(await look(backend, 'cut'), `length ${length}`).toBe('miss: corrupt');
    }
    await forge('cut', { ...frame, version: 4 });
    await spoiled('cut');
  });

  it('cannot plant a plain value, or make a value an empty one', async () => {
    await plain.setMany([item('planted', { isAdmin: true })]);
    expect(await look(backend, 'planted')).toBe('miss: schema');
    await plain.setMany([item('empty', undefined, { negative: true, life: FOREVER })]);
    expect(await look(backend, 'empty')).toBe('miss: schema');
    const empty = await frameAt('empty');
    expect((empty.head[3] ?? 0) & FLAG_NEGATIVE).toBe(FLAG_NEGATIVE);
    await backend.setMany([item('empty', VALUE)]);
    await forge('empty', { ...(await frameAt('empty')), head: empty.head });
    await spoiled('empty');
  });

  it('a miss gives the right to fill as ever', async () => {
    await plain.setMany([item('fill', 'plain')]);
    const read = await backend.get('fill', 'fill');
    if (!isMiss(read) || !read.fence) throw new Error('expected a fence');
    expect(await backend.setMany([item('fill', 'good', { condition: read.fence })])).toEqual(['stored']);
    expect(await look(backend, 'fill')).toBe('good');
  });
});

it('entries of wire version 1 are read', async () => {
  const own = makeBackend({ prefix: GOLDEN_PREFIX, encrypt: { keys: [GOLDEN_SECRET] } });
  for (const [name, value] of [
    ['encrypted', GOLDEN_VALUE],
    ['both', GOLDEN_LONG_VALUE],
  ] as const) {
    await redis.set(GOLDEN_PREFIX + GOLDEN_KEY, Buffer.from(GOLDEN_PACKED_V1[name], 'hex'));
    expect(await look(own, GOLDEN_KEY)).toStrictEqual(value);
  }
  await own.close();
});

describe('misuse', () => {
  const hex = secret.toString('hex');
  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /encrypt: expected/],
    ['no keys', {}, /encrypt: expected/],
    ['an empty list', { keys: [] }, /encrypt: expected/],
    ['17 keys', { keys: Array.from({ length: 17 }, () => randomBytes(32)) }, /1 to 16/],
    ['a key alone', { keys: hex }, /encrypt: expected/],
    ['a short key', { keys: [secret, secret.subarray(1)] }, /encrypt\.keys\[1\]: it has 31 bytes/],
    ['a key in hex', { keys: [hex] }, /encrypt\.keys\[0\]: it has 48 bytes/],
    ['a text that is no base64', { keys: [`${hex.slice(0, 42)} !`] }, /encrypt\.keys\[0\]: it is not base64/],
    ['a number', { keys: [7] }, /encrypt\.keys\[0\]: it is neither/],
    ['an unset variable', { keys: [undefined] }, /encrypt\.keys\[0\]: it is neither/],
    ['a key of zeros', { keys: [Buffer.alloc(32)] }, /all its bytes are the same/],
    ['a key twice', { keys: [secret, secret.toString('base64')] }, /a key occurs twice/],
  ])('%s throws ERR_OPTION that names it and shows no key', (_, encrypt, says) => {
    let thrown: unknown;
    try {
      new RedisBackend({ url: 'redis://127.0.0.1', encrypt: encrypt as never });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CacheError);
    expect(thrown).toMatchObject({ code: 'ERR_OPTION', message: expect.stringMatching(says) as string });
    expect(inspect(thrown)).not.toContain(hex.slice(0, 8));
    expect(inspect(thrown)).not.toContain(secret.toString('base64').slice(0, 8));
  });
});
