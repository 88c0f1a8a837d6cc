import { describe, it } from 'vitest';
import { expectToCatch, expectToHold } from './in-ci.ts';
import { removalsWhileGone } from './removals.ts';

describe('removals', { timeout: 60_000 }, () => {
  it('fault-41: while Redis is gone they are not acknowledged, and all replayed when it is back', () =>
    expectToHold(removalsWhileGone));
  it('a cache that swallows them is found out', () => expectToCatch(removalsWhileGone, 'swallows-removals'));
});
