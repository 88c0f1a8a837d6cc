import { randomUUID } from 'node:crypto';
import { CacheError } from '@keepsake/core';
import type { Lease, Locks } from '@keepsake/locks';
import type { SubjectParts } from './subject-parts.ts';

const POLL_MS = 20;

/** SET NX PX, and DEL: what a lock looks like before anybody has thought about it. It polls, and renews nothing. */
export const makeNaiveLocks = ({ store, clock, ttlMs, waitMs }: SubjectParts): Locks => {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, ms));
  const acquire = async (name: string | readonly string[]): Promise<Lease> => {
    const names = [name].flat();
    const token = randomUUID();
    const untilMs = clock.now() + waitMs;
    while (clock.now() < untilMs) {
      const grant = await store.acquire(names, token, ttlMs);
      if (grant.granted) return leaseOf(names, token, grant.fence);
      await pause(POLL_MS);
    }
    throw new CacheError('ERR_LOCK_TIMEOUT', 'naive: not free in time');
  };
  const leaseOf = (names: readonly string[], token: string, fence: number): Lease => ({
    name: names.join(', '),
    names,
    token,
    fence,
    signal: new AbortController().signal,
    remainingMs: () => ttlMs,
    assertHeld: () => undefined,
    extend: async () => undefined,
    release: async () => store.release(names, token),
    [Symbol.asyncDispose]: async () => void (await store.release(names, token)),
  });
  const close = async (): Promise<void> => store.close();
  return {
    acquire,
    tryAcquire: acquire,
    run: async (name, work) => {
      await using lease = await acquire(name);
      return await work(lease);
    },
    semaphore: () => {
      throw new CacheError('ERR_LOCK_UNSUPPORTED', 'naive: it has no permits');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};
