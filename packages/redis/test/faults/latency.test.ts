import { describe, it } from 'vitest';
import { expectToHold } from './in-ci.ts';
import { slowNetwork } from './latency.ts';

describe('a slow network', { timeout: 60_000 }, () => {
  it('fault-8: calls settle in their time, and late replies reach nobody else', () =>
    expectToHold(slowNetwork));
});
