import { describe, it } from 'vitest';
import { expectToCatch, expectToHold } from './in-ci.ts';
import { demotion, evictionStorm, outOfMemory, wallClock } from './refusals.ts';
import { notLetIn } from './secrets.ts';

describe('a server that refuses', { timeout: 60_000 }, () => {
  it('fault-11: without memory nothing is stored, nothing throws, reads and removals work', () =>
    expectToHold(outOfMemory));
  it('fault-12: evictions bring nothing back', () => expectToHold(evictionStorm));
  it('fault-13: a primary that was demoted is left, once in a while, and used when it is promoted', () =>
    expectToHold(demotion, 3_000));
  it('fault-39: without a password, a user or a right the cache degrades and tells no secret', () =>
    expectToHold(notLetIn));
  it('a client whose errors hold passwords and values is found out', () => expectToCatch(notLetIn, 'naive'));
});

describe('clocks', { timeout: 60_000 }, () => {
  it('fault-22: steps of the wall clock change no lifetime and no breaker', () => expectToHold(wallClock));
});
