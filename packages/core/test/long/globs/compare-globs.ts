/**
 * Asks a real server which keys a pattern matches, and a matcher the same. The keys of a round are the fields
 * of one hash: HSCAN MATCH compares as SCAN MATCH does, and meets nobody else's keys.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { globKey, globPattern } from './glob-texts.ts';
import type { GlobMatcher } from './glob-matchers.ts';

const KEYS_A_ROUND = 200;
const PATTERNS_A_ROUND = 100;
/** What is shown; the count goes on. */
const MOST_SHOWN = 20;

export interface GlobComparison {
  readonly pairs: number;
  /** How many pairs matched at the server: a comparison of misses alone would say little. */
  readonly matched: number;
  readonly mismatches: readonly string[];
}

export const compareGlobs = async (options: {
  redis: Redis;
  matcher: GlobMatcher;
  seed: number;
  pairs: number;
  onProgress?: (pairs: number) => void;
}): Promise<GlobComparison> => {
  const { redis, matcher } = options;
  const mismatches: string[] = [];
  let pairs = 0;
  let matched = 0;
  for (let round = 0; pairs < options.pairs; round += 1) {
    const seed = options.seed + round;
    const keys = [...new Set(['', ...fc.sample(globKey, { numRuns: KEYS_A_ROUND, seed })])];
    const patterns = ['', ...fc.sample(globPattern(keys), { numRuns: PATTERNS_A_ROUND, seed })];
    for (const { pattern, fields } of await askServer(redis, keys, patterns)) {
      const matches = matcher(pattern);
      for (const key of keys) {
        const theirs = fields.has(key);
        if (theirs) matched += 1;
        if (matches(key) === theirs || mismatches.length >= MOST_SHOWN) continue;
        const [p, k] = [JSON.stringify(pattern), JSON.stringify(key)];
        mismatches.push(`${p} ${theirs ? 'matches' : 'does not match'} ${k} at the server`);
      }
      pairs += keys.length;
    }
    options.onProgress?.(pairs);
  }
  return { pairs, matched, mismatches };
};

const askServer = async (
  redis: Redis,
  keys: readonly string[],
  patterns: readonly string[],
): Promise<{ pattern: string; fields: Set<string> }[]> => {
  const hash = `glob-${randomUUID()}`;
  await redis.hset(hash, Object.fromEntries(keys.map((key) => [key, ''])));
  try {
    const pipeline = redis.pipeline();
    // The count is more than there are, so that one step gives all.
    for (const pattern of patterns) pipeline.hscan(hash, 0, 'MATCH', pattern, 'COUNT', 10 * KEYS_A_ROUND);
    const answers = (await pipeline.exec()) ?? [];
    return patterns.map((pattern, i) => {
      const [error, reply] = answers[i] ?? [new Error('no answer')];
      if (error) throw error;
      const [cursor, flat] = reply as [string, string[]];
      if (cursor !== '0') throw new Error('the server did not give all keys at once');
      return { pattern, fields: new Set(flat.filter((_, at) => at % 2 === 0)) };
    });
  } finally {
    await redis.del(hash);
  }
};
