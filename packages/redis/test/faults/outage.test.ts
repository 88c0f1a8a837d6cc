import { describe, it } from 'vitest';
import { deadRedis } from './dead.ts';
import { expectToCatch, expectToHold } from './in-ci.ts';
import { absentAtBoot, frozen, killed, loading } from './outage.ts';

describe('a server that is gone', { timeout: 60_000 }, () => {
  it('fault-1: the app starts without it, and takes it in use when it comes', () =>
    expectToHold(absentAtBoot));
  it('fault-2: killed under traffic, no call fails and the values under grace are served', () =>
    expectToHold(killed));
  it('fault-3: frozen under traffic, no call fails and few are slow', () => expectToHold(frozen));
  it('fault-10: while it loads its data it counts as down', () => expectToHold(loading));
  it('fault-36: an app at full speed grows by little and every call settles', () =>
    expectToHold(deadRedis, 2_000));
  it('a cache that waits for a frozen server is found out', () => expectToCatch(frozen, 'naive'));
});
