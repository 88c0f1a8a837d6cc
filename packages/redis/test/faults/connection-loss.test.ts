import { describe, it } from 'vitest';
import { blackHole, cutPipeline, lostReplies, resetStorm } from './connection-loss.ts';
import { expectToCatch, expectToHold } from './in-ci.ts';

describe('a connection that fails', { timeout: 60_000 }, () => {
  it('fault-4: one that swallows everything is replaced', () => expectToHold(blackHole));
  it('fault-5: resets all the time count nothing twice', () => expectToHold(resetStorm, 3_000));
  it('fault-6: set, setMany, touch and fill that are executed late, or answered in vain, change nothing newer', () =>
    expectToHold(lostReplies));
  it('fault-7: commands cut in the middle have an outcome each, and none is told as stored that is not', () =>
    expectToHold(cutPipeline));
  it.each([
    ['naive', resetStorm],
    ['resends', resetStorm],
    ['naive', lostReplies],
    ['no-deadlines', lostReplies],
    ['no-fences', lostReplies],
  ] as const)('the cache "%s" is found out', (subject, row) => expectToCatch(row, subject, 3_000));
});
