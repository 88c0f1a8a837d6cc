import { describe, expect, it } from 'vitest';
import { checkLockHistory, type LockVerdict } from './check-history.ts';
import type { LockEvent } from './lock-history.ts';

type Times = readonly [invokeMs: number, returnMs: number];

/** Events of one lease, each between two times. */
const lease = (token: string, fence: number) => {
  const base = { process: fence, name: 'a', token };
  const at = ([invokeMs, returnMs]: Times) => ({ ...base, invokeMs, returnMs });
  return {
    acquire: (...times: Times): LockEvent => ({ ...at(times), operation: 'acquire', fence }),
    check: (...times: Times): LockEvent => ({ ...at(times), operation: 'check' }),
    renew: (...times: Times): LockEvent => ({ ...at(times), operation: 'renew', isHeld: true }),
    free: (...times: Times): LockEvent => ({ ...at(times), operation: 'release', outcome: 'freed' }),
    lose: (...times: Times): LockEvent => ({ ...at(times), operation: 'release', outcome: 'lost' }),
    write: (seen: number, found: number, isGuarded: boolean): LockEvent => ({
      ...at([0, 0]),
      operation: 'write',
      isGuarded,
      seen,
      found,
    }),
  };
};

const judge = (...events: LockEvent[]): LockVerdict => checkLockHistory(events, { judgesUnguarded: true });

const one = lease('token-one', 1);
const two = lease('token-two', 2);

describe('checkLockHistory', () => {
  it('finds nothing in one lease after the other, whose calls overlap', () => {
    const verdict = judge(
      one.acquire(0, 10),
      two.acquire(5, 60),
      one.check(20, 21),
      one.renew(25, 26),
      one.check(40, 41),
      one.free(45, 55),
      two.check(70, 71),
      two.lose(90, 95),
    );
    expect(verdict).toMatchObject({ leases: 2, checks: 3, violations: [] });
  });

  it('finds claims that overlap, and one inside another', () => {
    for (const [from, to] of [
      [30, 70],
      [30, 35],
    ] as const) {
      const { violations } = judge(
        one.check(10, 10),
        one.check(50, 50),
        two.check(from, from),
        two.check(to, to),
      );
      expect(violations).toEqual([expect.stringContaining('both a of process 1')]);
    }
  });

  it('takes no check for a claim of the time that it took', () => {
    // Either may have passed before the other: a process was stopped in between.
    expect(judge(one.check(0, 100), two.check(50, 60)).violations).toEqual([]);
  });

  it('finds a grant that comes before what is known of the holder before it', () => {
    const held = [one.check(40, 41), one.renew(40, 41), one.free(40, 41)];
    for (const event of held) {
      const { violations } = judge(one.acquire(0, 10), event, two.acquire(20, 30));
      expect(violations).toEqual([expect.stringContaining('was granted by 30.0 ms')]);
    }
    // The call that lost the lock says nothing of how long it was held.
    expect(judge(one.acquire(0, 10), one.lose(40, 41), two.acquire(20, 30)).violations).toEqual([]);
  });

  it('finds fences that fall, and that come twice', () => {
    expect(judge(two.acquire(0, 10), one.acquire(20, 30)).violations).toHaveLength(1);
    expect(judge(one.acquire(0, 10), lease('other', 1).acquire(20, 30)).violations).toEqual([
      expect.stringContaining('the same fence'),
    ]);
    // At the same time either order is right.
    expect(judge(two.acquire(0, 25), one.acquire(20, 30)).violations).toEqual([]);
  });

  it('finds a renewal sent after the release, and a second release that frees', () => {
    expect(judge(one.acquire(0, 1), one.free(5, 20), one.renew(10, 11)).violations).toEqual([
      expect.stringContaining('after its release'),
    ]);
    expect(judge(one.acquire(0, 1), one.free(5, 6), one.free(7, 8)).violations).toEqual([
      expect.stringContaining('freed twice'),
    ]);
  });

  it('finds updates that were lost; those of an unguarded register only where they are judged', () => {
    const events = [one.write(3, 3, false), one.write(3, 4, false), one.write(5, 6, true)];
    expect(judge(...events).violations).toHaveLength(2);
    const lenient = checkLockHistory(events, { judgesUnguarded: false });
    expect(lenient).toMatchObject({ writes: 3, guardedWrites: 1, lostUnguarded: 1, lostGuarded: 1 });
    expect(lenient.violations).toEqual([expect.stringContaining('past the guard')]);
  });

  it('finds what was left behind', () => {
    const times = { process: -1, name: 'a', token: 'probe', invokeMs: 9, returnMs: 9 };
    expect(judge({ operation: 'probe', isFree: true, ...times }).violations).toEqual([]);
    expect(judge({ operation: 'probe', isFree: false, ...times }).violations).toEqual(['a was left behind']);
  });

  it('keeps names apart', () => {
    const elsewhere = { ...two.check(20, 20), name: 'b' };
    expect(judge(one.check(10, 10), one.check(50, 50), elsewhere).violations).toEqual([]);
  });
});
