import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { type BackendEvent, CacheError } from '@keepsake/core';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisBackend } from '../src/index.ts';
import { binaryCodec } from '../src/wire/binary-codec.ts';
import { compress, COMPRESSED, decompress, MAX_CONTENT_BYTES } from '../src/wire/compression.ts';
import { decodeFrame, encodeBody, type Frame, isFrame } from '../src/wire/frame.ts';
import { writeVarint } from '../src/wire/varint.ts';
import { GOLDEN_KEY, GOLDEN_LONG_VALUE, GOLDEN_PACKED_V1, GOLDEN_PREFIX } from './golden-packed-v1.ts';
import { eventually, makeBackend, ownPrefix, plainClient } from './harness.ts';
import { item, look } from './items.ts';

const prefix = ownPrefix();
const events: BackendEvent[] = [];
let redis: Redis;
let backend: RedisBackend;

beforeAll(async () => {
  redis = plainClient();
  backend = makeBackend({ prefix, compress: { minBytes: 1_000 } });
  await backend.connect(10_000);
  backend.subscribe((event) => events.push(event));
});
afterAll(async () => {
  await backend.close();
  redis.disconnect();
});

const TEXT = 'a summer evening in the old town, '.repeat(200);

const frameAt = async (key: string): Promise<Frame> => {
  const frame = decodeFrame((await redis.getBuffer(prefix + key)) ?? Buffer.alloc(0));
  if (!isFrame(frame)) throw new Error(frame.detail);
  return frame;
};

/** The payload of a compressed entry that claims to hold `length` bytes. */
const claim = (length: number, stream: Buffer): Buffer => {
  const head = [binaryCodec.id];
  writeVarint(length, head);
  return Buffer.concat([Uint8Array.from(head), stream]);
};

/** Puts a payload at a key, in a frame that is intact. */
const plant = async (key: string, payload: Buffer, codec = COMPRESSED): Promise<void> => {
  await backend.setMany([item('model', 'x')]);
  const model = await frameAt('model');
  await redis.set(prefix + key, Buffer.concat([model.head, encodeBody({ ...model, codec, payload })]));
};

describe('compression', () => {
  it('makes a value of minBytes and more smaller, and gives it back as it was', async () => {
    const value = { text: TEXT, at: new Date(5), numbers: new Float64Array(200), map: new Map([[1n, 'x']]) };
    await backend.setMany([item('long', value)]);
    expect(await redis.strlen(`${prefix}long`)).toBeLessThan(1_000);
    expect((await frameAt('long')).codec).toBe(COMPRESSED);
    expect(await look(backend, 'long')).toStrictEqual(value);
  });

  it('begins at exactly minBytes of encoded value', async () => {
    // Three bytes of the codec's own before a text of this length, and one of the form.
    await backend.setMany([item('999', 'x'.repeat(995)), item('1000', 'x'.repeat(996))]);
    expect((await frameAt('999')).payload.length).toBe(999);
    expect((await frameAt('1000')).codec).toBe(COMPRESSED);
  });

  it('is left out where it would not make the value smaller', async () => {
    const bytes = randomBytes(5_000);
    await backend.setMany([item('random', bytes)]);
    expect((await frameAt('random')).codec).toBe(binaryCodec.id);
    expect(await look(backend, 'random')).toStrictEqual(bytes);
  });

  it('is left out beyond 8 MiB, so that nothing is stored that would not be read', () => {
    const longest = { codec: 1, payload: Buffer.alloc(MAX_CONTENT_BYTES) };
    const longer = { codec: 1, payload: Buffer.alloc(MAX_CONTENT_BYTES + 1) };
    expect(compress(longer, 0)).toBe(longer);
    expect(decompress(compress(longest, 0).payload)).toStrictEqual(longest);
  });

  it('does not let a value pass that is over the limit of values', async () => {
    expect(await backend.setMany([item('limited', TEXT, { maxBytes: 2_000 })])).toEqual(['too-large']);
  });

  it('is read by a backend that does not compress, and the other way round', async () => {
    const plain = makeBackend({ prefix });
    await backend.setMany([item('theirs', TEXT)]);
    await plain.setMany([item('ours', TEXT)]);
    expect(await look(plain, 'theirs')).toBe(TEXT);
    expect(await look(backend, 'ours')).toBe(TEXT);
    await plain.close();
  });

  it('takes values of the JSON codec and of a codec of the caller', async () => {
    const codec = { id: 99, encode: (v: unknown) => Buffer.from(String(v)), decode: (b: Buffer) => `${b}!` };
    for (const one of ['json', codec] as const) {
      const own = makeBackend({ prefix, codec: one, compress: { minBytes: 0 } });
      await own.setMany([item('own', TEXT)]);
      expect(await redis.strlen(`${prefix}own`)).toBeLessThan(500);
      expect(await look(own, 'own')).toBe(one === 'json' ? TEXT : `${TEXT}!`);
      await own.close();
    }
    expect(await look(backend, 'own')).toBe('miss: schema');
  });

  it('an entry of wire version 1 is read', async () => {
    const own = makeBackend({ prefix: GOLDEN_PREFIX });
    await redis.set(GOLDEN_PREFIX + GOLDEN_KEY, Buffer.from(GOLDEN_PACKED_V1.compressed, 'hex'));
    expect(await look(own, GOLDEN_KEY)).toStrictEqual(GOLDEN_LONG_VALUE);
    await own.close();
  });
});

describe('a compressed value that is not what it says', () => {
  const good = deflateRawSync(binaryCodec.encode(TEXT));
  const length = binaryCodec.encode(TEXT).length;

  it.each<[string, Buffer]>([
    ['cut', claim(length, good.subarray(0, -5))],
    ['with a broken stream', claim(length, Buffer.from(good).fill(0xff, 10, 30))],
    ['that is foreign', claim(length, randomBytes(100))],
    ['that says too little', claim(length - 1, good)],
    ['that says too much', claim(length + 1, good)],
    ['that says nothing', claim(0, good)],
    ['without a stream', claim(length, Buffer.alloc(0))],
    ['without anything', Buffer.alloc(0)],
    ['with a length beyond any', Buffer.alloc(12, 0xff)],
  ])('%s is a miss and an event, and deleted', async (name, payload) => {
    const before = events.length;
    await plant(name, payload);
    expect(await look(backend, name)).toBe('miss: corrupt');
    expect(events.slice(before)).toMatchObject([
      { type: 'corrupt', key: name, detail: expect.stringMatching(/decompressed/) as string },
    ]);
    await eventually(async () => (await redis.exists(prefix + name)) === 0);
  });

  it('a bomb of 1,000:1 is a miss, and no more than the limit is ever made of it', async () => {
    const bomb = deflateRawSync(Buffer.alloc(64 * 1_048_576));
    await plant('bomb', claim(MAX_CONTENT_BYTES, bomb));
    await plant('honest', claim(64 * 1_048_576, bomb));
    expect(await look(backend, 'bomb')).toBe('miss: corrupt');
    expect(await look(backend, 'honest')).toBe('miss: corrupt');
    // Small enough a stream, if its output is bounded, to be no event at all: 30 ms, and the factor of 3.
    const before = performance.now();
    for (let i = 0; i < 10; i += 1)
      expect(decompress(claim(MAX_CONTENT_BYTES, bomb))).toHaveProperty('reason');
    expect((performance.now() - before) / 10).toBeLessThan(90);
  });

  it('one compressed value inside another is a miss', async () => {
    const inner = claim(length, good);
    const head = [COMPRESSED];
    writeVarint(inner.length, head);
    await plant('nested', Buffer.concat([Uint8Array.from(head), deflateRawSync(inner)]));
    expect(await look(backend, 'nested')).toBe('miss: schema');
  });
});

it.each([
  ['nothing', null],
  ['a number', 100],
  ['no number', {}],
  ['a negative number', { minBytes: -1 }],
  ['NaN', { minBytes: NaN }],
  ['a fraction', { minBytes: 1.5 }],
  ['a text', { minBytes: '1kb' }],
])('compress with %s throws ERR_OPTION that names it', (_, compress) => {
  const make = (): unknown => new RedisBackend({ url: 'redis://127.0.0.1', compress: compress as never });
  expect(make).toThrow(CacheError);
  expect(make).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTION',
      message: expect.stringContaining('minBytes') as string,
    }) as Error,
  );
});
