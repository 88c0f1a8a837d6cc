import { describe, expect, it } from 'vitest';
import { fuzz, longTest } from './long/fuzz.ts';

const run = (subject: string, count: number): ReturnType<typeof fuzz> =>
  fuzz({ subject, seed: 20_261_123, count, onProgress: () => undefined });

describe('fault-34: whatever lies at a key', { timeout: 120_000 }, () => {
  it('is a miss or the right value, and nothing throws', async () => {
    const { count, violations, hits } = await run('ours', 10_000);
    expect(violations).toEqual([]);
    expect(count).toBe(10_000);
    // What is good was read: the misses are no accident.
    expect(hits['a good entry']).toBeGreaterThan(500);
  });

  it.each(['naive', ...longTest.mutants])(
    'is found out to be misread by the reader "%s"',
    async (subject) => {
      expect((await run(subject, longTest.mutantCount)).violations).not.toEqual([]);
    },
  );
});
