import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Body, decodeFrame, encodeBody, FLAG_LONG_LIFE, FLAG_TAGGED, isFrame, MAGIC } from './frame.ts';

/** A whole frame as the scripts write it, so that it can be looked at without a server. */
const frameOf = (body: Body, life: { long: boolean; flags?: number; version?: number }): Buffer => {
  const head = Buffer.alloc(life.long ? 34 : 16);
  MAGIC.copy(head);
  head[2] = life.version ?? 1;
  head[3] = (life.flags ?? 0) | (life.long ? FLAG_LONG_LIFE : 0);
  const times = [1_700_000_000_000, 1_700_000_060_000, 1_700_000_070_000, 2 ** 48 - 1, 5_000];
  for (let i = 0; i < (life.long ? 5 : 2); i += 1) head.writeUIntBE(times[i] ?? 0, 4 + 6 * i, 6);
  return Buffer.concat([head, createHash('sha1').update(head).digest().subarray(0, 4), encodeBody(body)]);
};

const body = (change: Partial<Body> = {}): Body => ({
  codec: 1,
  version: 0,
  costMs: 12,
  number: 1_700_000_000_000_123,
  tags: [],
  payload: Buffer.from('payload'),
  ...change,
});

describe('the frame of an entry', () => {
  it('gives back what was written, with short and long lives', () => {
    const short = decodeFrame(frameOf(body({ tags: ['a', 'ü'] }), { long: false, flags: FLAG_TAGGED }));
    expect(short).toMatchObject({
      ...body({ tags: ['a', 'ü'] }),
      createdAt: 1_700_000_000_000,
      freshUntil: 1_700_000_060_000,
      swrUntil: 1_700_000_060_000,
      graceUntil: 1_700_000_060_000,
      slidingMs: 0,
      negative: false,
    });
    const long = decodeFrame(frameOf(body({ version: 300, costMs: 1e9 }), { long: true }));
    expect(long).toMatchObject({
      version: 300,
      costMs: 1e9,
      swrUntil: 1_700_000_070_000,
      graceUntil: Infinity,
      slidingMs: 5_000,
    });
  });

  it('keeps numbers up to 2^53-1', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.maxSafeNat(),
        fc.array(fc.string({ unit: 'grapheme' })),
        (number, version, tags) => {
          expect(decodeFrame(frameOf(body({ number, version, tags }), { long: true }))).toMatchObject({
            number,
            version,
            tags,
          });
        },
      ),
    );
  });

  it.each([false, true])('finds any flipped bit (long life: %s)', (long) => {
    const intact = frameOf(body({ tags: ['tag'] }), { long, flags: FLAG_TAGGED });
    for (let bit = 0; bit < intact.length * 8; bit += 1) {
      const bytes = Buffer.from(intact);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeFrame(bytes), `bit ${bit}`).toMatchObject({ reason: 'corrupt' });
    }
  });

  it('finds any cut and anything added', () => {
    const intact = frameOf(body(), { long: true });
    for (let length = 0; length < intact.length; length += 1) {
      expect(decodeFrame(intact.subarray(0, length)), `length ${length}`).toMatchObject({
        reason: 'corrupt',
      });
    }
    expect(decodeFrame(Buffer.concat([intact, Buffer.from([0])]))).toMatchObject({ reason: 'corrupt' });
  });

  it('tells a newer wire version from damage, whatever follows the head', () => {
    expect(decodeFrame(frameOf(body(), { long: false, version: 2 }))).toMatchObject({ reason: 'schema' });
  });

  it('throws for no bytes whatever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, asFrame) => {
        const decoded = decodeFrame(Buffer.concat(asFrame ? [MAGIC, Buffer.from([1]), bytes] : [bytes]));
        expect(isFrame(decoded)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});
