import { createHash } from 'node:crypto';
import {
  type Cache,
  CacheError,
  type Duration,
  type GetOrSetOptions,
  isCacheError,
  type Key,
  type LoadContext,
  toKeyString,
} from '@keepsake/core';
import type { Lease } from './lease.ts';
import type { Locks } from './locks.ts';
import type { AcquireOptions } from './options.ts';

export interface CacheWithLockOptions extends Omit<GetOrSetOptions, 'forceRefresh' | 'signal'> {
  /** TTL of the lock, which is renewed while `compute` runs. Default: that of `locks`. */
  lockTtl?: Duration;
  /** After this long the value is computed without the lock. Default: that of `locks`. */
  wait?: Duration;
}

/**
 * The cached value; on a miss it is computed once over all processes that share the lock store, and stored
 * for `ttl`. Who waited finds the value in the cache. `null`, `0`, `''`, `false` and `[]` are values.
 *
 * The lock saves work, it does not guard the value: when its store cannot be asked, or the holder takes
 * longer than `wait`, the value is computed without it, once a process. What was invalidated meanwhile is
 * not stored. Rejects with what `compute` throws.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { cacheWithLock, createLocks, MemoryLockStore } from '@keepsake/locks';
 *
 * const cache = createCache();
 * const locks = createLocks({ store: new MemoryLockStore() });
 * const report = () => cacheWithLock(cache, locks, 'report:2024', () => 'expensive', { ttl: '1h' });
 * console.log(await Promise.all([report(), report()])); // ['expensive', 'expensive'], computed once
 * await locks.close();
 * await cache.close();
 * ```
 */
export const cacheWithLock = async <T>(
  cache: Cache,
  locks: Locks,
  key: Key,
  compute: (context: LoadContext<T>) => T | Promise<T>,
  options: CacheWithLockOptions,
): Promise<T> => {
  if (typeof options !== 'object' || options === null || typeof compute !== 'function') {
    throw new CacheError('ERR_OPTION', 'cacheWithLock: expected a function that computes, and { ttl }');
  }
  const { lockTtl, wait, ...setOptions } = options;
  const load = (): Promise<T> => cache.getOrSet(key, compute, setOptions);
  // Looked at without counting: the read that gives the value counts.
  const look = await cache.inspect<T>(key);
  if (look.outcome === 'hit' || look.reason === 'negative') return load();
  const party = joinParty(cache, locks, toKeyString(key), {
    ...(lockTtl !== undefined && { ttl: lockTtl }),
    ...(wait !== undefined && { wait }),
  });
  try {
    await party.lease;
    // Looks in the cache again, and all of the party share one load.
    return await load();
  } finally {
    await party.leave();
  }
};

/** Those in this process who wait for the same lock together. The lock is released when the last has left. */
interface Party {
  readonly lease: Promise<Lease | undefined>;
  size: number;
  leave(): Promise<void>;
}

/**
 * Parties that can still be joined: those that wait. Once the lock is had the computation begins, and who
 * comes after an invalidation must not get what was computed before it: newcomers form the next party.
 */
const waiting = new WeakMap<Cache, Map<string, Party>>();

const joinParty = (cache: Cache, locks: Locks, key: string, options: AcquireOptions): Party => {
  const parties = waiting.get(cache) ?? new Map<string, Party>();
  waiting.set(cache, parties);
  const name = lockName(cache, key);
  const party = parties.get(name) ?? formParty(locks, name, options, () => parties.delete(name));
  if (party.size === 0) parties.set(name, party);
  party.size += 1;
  return party;
};

const formParty = (locks: Locks, name: string, options: AcquireOptions, onReady: () => void): Party => {
  const lease = acquireIfPossible(locks, name, options).finally(onReady);
  const party: Party = {
    lease,
    size: 0,
    leave: async () => {
      party.size -= 1;
      // The first of them throws what the acquire threw; here it counts as no lease.
      if (party.size === 0) await (await lease.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
  return party;
};

const acquireIfPossible = async (
  locks: Locks,
  name: string,
  options: AcquireOptions,
): Promise<Lease | undefined> => {
  try {
    return await locks.acquire(name, options);
  } catch (error) {
    if (isCacheError(error) && GOES_ON_WITHOUT.has(error.code)) return undefined;
    throw error;
  }
};

const GOES_ON_WITHOUT: ReadonlySet<string> = new Set(['ERR_UNAVAILABLE', 'ERR_TIMEOUT', 'ERR_LOCK_TIMEOUT']);

/** The same in every process for the same entry; long keys are hashed. */
const lockName = (cache: Cache, key: string): string => {
  const name = `cache:${cache.name}:${key}`;
  return name.length <= 512 ? name : `cache:${cache.name}:~${createHash('sha256').update(key).digest('hex')}`;
};
