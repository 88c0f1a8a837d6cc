import { Redis } from 'ioredis';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { compileGlob, escapeGlob } from '../src/glob.ts';
import { compareGlobs } from './long/globs/compare-globs.ts';
import { GLOB_MUTANTS, matcherNamed } from './long/globs/glob-matchers.ts';
import { globKey } from './long/globs/glob-texts.ts';

const SEED = 7;

describe('globs', () => {
  const redis = new Redis(testRedisUrl(), { lazyConnect: true });
  afterAll(() => redis.disconnect());

  it('match what the server matches, in 100,000 pairs', { timeout: 60_000 }, async () => {
    const found = await compareGlobs({ redis, matcher: compileGlob, seed: SEED, pairs: 100_000 });
    expect(found.mismatches).toEqual([]);
    expect(found.pairs).toBeGreaterThanOrEqual(100_000);
    expect(found.matched).toBeGreaterThan(2_000);
  });

  it.each(['naive', ...GLOB_MUTANTS])('a matcher that gets them wrong (%s) is told from it', async (name) => {
    const found = await compareGlobs({ redis, matcher: matcherNamed(name), seed: SEED, pairs: 60_000 });
    expect(found.mismatches).not.toEqual([]);
  });

  it.each([
    ['', ['']],
    ['*', ['', 'a', '[', 'é']],
    ['**', ['a', '[', 'é']],
    ['[', []],
    ['[^', ['a', '[']],
    ['[]', []],
    ['[^]', ['a', '[']],
    ['a\\', ['a\\']],
    ['[c-a]', ['a', 'b', 'c']],
    ['[!a]', ['a', '!']],
    ['??', ['é', 'ab', 'a\\']],
    ['[a', ['a']],
    ['[a-', ['a', '-']],
    ['{a,b}', ['{a,b}']],
  ])('the pattern %j is what the server makes of it', async (pattern, expected) => {
    const keys = ['', 'a', 'b', 'c', '[', '!', '-', 'é', 'ab', 'a\\', '{a,b}'];
    const matches = compileGlob(pattern);
    const hash = `glob-corner-${pattern}-${Math.random()}`;
    await redis.hset(hash, Object.fromEntries(keys.map((key) => [key, '1'])));
    const [, flat] = await redis.hscan(hash, 0, 'MATCH', pattern, 'COUNT', 1_000);
    await redis.del(hash);
    const theirs = flat.filter((_, i) => i % 2 === 0);
    expect(keys.filter(matches).sort()).toEqual(theirs.sort());
    for (const key of expected) expect(theirs).toContain(key);
  });

  it('a text that was escaped matches itself and nothing else', () => {
    fc.assert(
      fc.property(globKey, globKey, (a, b) => {
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
