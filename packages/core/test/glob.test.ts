import { Redis } from 'ioredis';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { compileGlob, escapeGlob } from '../src/glob.ts';

/** Text that is rich in what a glob treats specially, and in bytes above 127. */
const text = fc.array(
  fc.constantFrom('a', 'b', '*', '?', '[', ']', '^', '-', '\\', 'ä', '😀', '{', '\n', 'z'),
  {
    maxLength: 8,
  },
);
const joined = text.map((chars) => chars.join(''));

describe('globs', () => {
  const redis = new Redis(testRedisUrl(), { lazyConnect: true });
  afterAll(() => redis.disconnect());

  it('match what the server matches', { timeout: 60_000 }, async () => {
    const prefix = `glob-${Math.random().toString(36).slice(2)}-`;
    const keys = fc.sample(joined, { numRuns: 300, seed: 7 }).map((key) => `x${key}`);
    const distinct = [...new Set(keys)];
    await redis.hset(prefix, Object.fromEntries(distinct.map((key) => [key, '1'])));
    let compared = 0;
    // HSCAN matches the fields of one hash: no other test's keys come in between.
    for (const pattern of fc.sample(joined, { numRuns: 400, seed: 11 }).map((p) => `x${p}`)) {
      const [, flat] = await redis.hscan(prefix, 0, 'MATCH', pattern, 'COUNT', 100_000);
      const theirs = flat.filter((_, i) => i % 2 === 0).sort();
      const ours = distinct.filter(compileGlob(pattern)).sort();
      expect({ pattern, keys: ours }).toEqual({ pattern, keys: theirs });
      compared += distinct.length;
    }
    expect(compared).toBeGreaterThan(50_000);
    await redis.del(prefix);
  });

  it('a text that was escaped matches itself and nothing else', () => {
    fc.assert(
      fc.property(joined, joined, (a, b) => {
        if (a === '') return;
        expect(compileGlob(escapeGlob(a))(a)).toBe(true);
        if (a !== b && b !== '') expect(compileGlob(escapeGlob(a))(b)).toBe(false);
      }),
    );
  });

  it('a pattern that would make a backtracking matcher hang answers in linear steps', () => {
    const matches = compileGlob(`${'*a'.repeat(60)}b`);
    expect(matches('a'.repeat(20_000))).toBe(false);
  });
});
