/** Random patterns and keys, matched by a real server and by the cache. */
import { Redis } from 'ioredis';
import { startRedis } from '@keepsake/tooling/servers';
import type { LongTest } from '@keepsake/tooling/long-test';
import { compareGlobs } from './globs/compare-globs.ts';
import { GLOB_MUTANTS, matcherNamed } from './globs/glob-matchers.ts';

export const longTest: LongTest = {
  unit: 'pairs',
  count: 1_000_000,
  mutantCount: 100_000,
  mutants: GLOB_MUTANTS,
  run: async ({ subject, seed, count, onProgress }) => {
    await using server = await startRedis();
    const redis = new Redis(server.url);
    try {
      const matcher = matcherNamed(subject);
      const { pairs, mismatches } = await compareGlobs({ redis, matcher, seed, pairs: count, onProgress });
      return { count: pairs, violations: mismatches };
    } finally {
      redis.disconnect();
    }
  },
};
