import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHeadIntact } from './head-check.ts';
import { sha1Start } from './sha1.ts';

const checked = (head: Uint8Array): Buffer =>
  Buffer.concat([head, hash('sha1', head, 'buffer').subarray(0, 4)]);

describe('sha1Start', () => {
  it('is the start of what OpenSSL computes, for every length of one block', () => {
    for (let length = 0; length <= 55; length += 1) {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (bytes) => {
          expect(sha1Start(bytes, length)).toBe(hash('sha1', bytes, 'buffer').readUInt32BE(0));
        }),
        { numRuns: 20 },
      );
    }
  });

  it('refuses what needs a second block', () => {
    expect(() => sha1Start(new Uint8Array(56), 56)).toThrow(RangeError);
  });
});

describe('isHeadIntact', () => {
  it('knows an intact head, met for the first time and again, and every flipped bit of one that it keeps', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(16, 34),
        fc.uint8Array({ minLength: 34, maxLength: 34 }),
        (length, bytes) => {
          const good = checked(bytes.subarray(0, length));
          expect(isHeadIntact(good, length)).toBe(true);
          expect(isHeadIntact(good, length)).toBe(true);
          for (let bit = 0; bit < good.length * 8; bit += 1) {
            const bad = Buffer.from(good);
            bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
            expect(isHeadIntact(bad, length)).toBe(false);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes no head of zeros for one that it has kept', () => {
    expect(isHeadIntact(Buffer.alloc(20), 16)).toBe(false);
  });
});
