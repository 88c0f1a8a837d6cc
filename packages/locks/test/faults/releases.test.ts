import { describe, expect, it } from 'vitest';
import { raceReleases, renewingWhatIsGone } from '../long/history/release-races.ts';
import { tell } from './figures.ts';

describe('releases', () => {
  // 100,000 of them: pnpm test:long locks.
  it('fault-29: against renewals that are under way leave nothing behind', async () => {
    const { releases, before, after, violations } = await raceReleases(5_000, 29);
    tell('fault-29', { releases, 'renewal came first': before, 'renewal came later': after });
    expect(violations).toEqual([]);
    expect(before).toBeGreaterThan(100);
    expect(after).toBeGreaterThan(20);
  }, 60_000);

  it('fault-29: a renewal that takes the lock anew is found out', async () => {
    const { violations } = await raceReleases(5_000, 29, renewingWhatIsGone);
    expect(violations.length).toBeGreaterThan(0);
  }, 60_000);
});
