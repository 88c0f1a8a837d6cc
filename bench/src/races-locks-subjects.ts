/** Locks of Keepsake and rivals as a contest takes them: what each offers to know that the lock is still held. */
import { randomUUID } from 'node:crypto';
import { CacheError } from '@keepsake/core';
import { createLocks } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { Redis } from 'ioredis';
import { Mutex } from 'redis-semaphore';
import type { ContendedLease, ContendedLocks } from '../../tooling/lock-history/contender.ts';
import { Redlock4, Redlock5 } from './locks-redlock.ts';

export interface ContestOptions {
  readonly url: string;
  readonly ttlMs: number;
  readonly waitMs: number;
}

export interface ContestSubject {
  readonly locks: ContendedLocks;
  close(): Promise<unknown>;
}

const RETRY_MS = 10;

const lost = (why: string): CacheError => new CacheError('ERR_LOCK_LOST', why);

/** What a library throws counts as its store being away. */
const orUnavailable = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw new CacheError('ERR_UNAVAILABLE', String(error));
  }
};

const clientOf = (url: string): Redis => new Redis(url).on('error', () => undefined);

const retries = (waitMs: number): { retryCount: number; retryDelay: number; retryJitter: number } => ({
  retryCount: Math.ceil(waitMs / RETRY_MS),
  retryDelay: RETRY_MS,
  retryJitter: RETRY_MS / 2,
});

interface Held {
  readonly assertHeld: () => void;
  readonly free: () => Promise<unknown>;
}

const leaseOf = (name: string, { assertHeld, free }: Held): ContendedLease => ({
  name,
  token: randomUUID(),
  fence: undefined,
  assertHeld,
  release: async () => {
    await orUnavailable(free());
    return true;
  },
});

const keepsake = ({ url, ttlMs, waitMs }: ContestOptions): ContestSubject => {
  const locks = createLocks({
    store: new RedisLockStore({ url }),
    ttl: `${ttlMs}ms`,
    wait: `${waitMs}ms`,
  });
  return { locks, close: () => locks.close() };
};

/** Renews the lock while `using` runs, and aborts its signal where that fails. */
const redlock5 = ({ url, ttlMs, waitMs }: ContestOptions): ContestSubject => {
  const client = clientOf(url);
  const redlock = new Redlock5([client], {
    ...retries(waitMs),
    automaticExtensionThreshold: Math.floor(ttlMs / 3),
  }).on('error', () => undefined);
  const acquire = (name: string): Promise<ContendedLease> =>
    new Promise((resolve, reject) => {
      const hold = async (signal: AbortSignal): Promise<void> => {
        const assertHeld = (): void => {
          if (signal.aborted) throw lost('redlock: the signal has aborted');
        };
        await new Promise<void>((end) => {
          const free = (): Promise<unknown> => {
            end();
            return over;
          };
          resolve(leaseOf(name, { assertHeld, free }));
        });
      };
      const over = redlock.using([name], ttlMs, hold);
      over.catch(reject);
    });
  return { locks: { acquire: (name) => orUnavailable(acquire(name)) }, close: () => client.quit() };
};

/** Renews nothing; the lock says when it expires. */
const redlock4 = ({ url, ttlMs, waitMs }: ContestOptions): ContestSubject => {
  const client = clientOf(url);
  const redlock = new Redlock4([client], retries(waitMs)).on('clientError', () => undefined);
  const acquire = async (name: string): Promise<ContendedLease> => {
    const lock = await redlock.lock(name, ttlMs);
    const assertHeld = (): void => {
      if (lock.expiration <= Date.now()) throw lost('redlock: the lock has expired');
    };
    return leaseOf(name, { assertHeld, free: () => lock.unlock() });
  };
  return { locks: { acquire: (name) => orUnavailable(acquire(name)) }, close: () => client.quit() };
};

const redisSemaphore = ({ url, ttlMs, waitMs }: ContestOptions): ContestSubject => {
  const client = clientOf(url);
  const acquire = async (name: string): Promise<ContendedLease> => {
    const mutex = new Mutex(client, name, {
      lockTimeout: ttlMs,
      acquireTimeout: waitMs,
      retryInterval: RETRY_MS,
      refreshInterval: Math.floor(ttlMs / 3),
      onLockLost: () => undefined,
    });
    await mutex.acquire();
    const assertHeld = (): void => {
      if (!mutex.isAcquired) throw lost('redis-semaphore: the lock was lost');
    };
    return leaseOf(name, { assertHeld, free: () => mutex.release() });
  };
  return { locks: { acquire: (name) => orUnavailable(acquire(name)) }, close: () => client.quit() };
};

/** By the name and version that are shown; the first is Keepsake. */
export const SUBJECTS: Readonly<Record<string, (options: ContestOptions) => ContestSubject>> = {
  keepsake,
  'redlock 5.0.0-beta.2': redlock5,
  'redlock 4.2': redlock4,
  'redis-semaphore 5.8': redisSemaphore,
};
