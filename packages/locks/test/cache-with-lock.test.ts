import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { cacheWithLock, createLocks, type Locks, MemoryLockStore } from '@keepsake/locks';
import { FaultyLockStore } from '@keepsake/locks/testing';
import { describe, expect, it } from 'vitest';
import { watch } from './setup.ts';

interface Node {
  readonly cache: Cache;
  readonly locks: Locks;
  readonly lockStore: FaultyLockStore;
}

/** Processes that share a second tier and a lock store. */
const makeNodes = (count: number): { clock: FakeClock; nodes: Node[]; lockStore: MemoryLockStore } => {
  const clock = new FakeClock();
  const l2 = new MemoryBackend({ clock });
  const lockStore = new MemoryLockStore({ clock });
  const nodes = Array.from({ length: count }, () => {
    const faulty = new FaultyLockStore(lockStore, { clock });
    return {
      cache: createCache({ l2, clock }),
      locks: createLocks({ store: faulty, clock }),
      lockStore: faulty,
    };
  });
  return { clock, nodes, lockStore };
};

const oneNode = (): Node & { clock: FakeClock } => {
  const { clock, nodes } = makeNodes(1);
  const [node] = nodes;
  if (node === undefined) throw new Error('no node');
  return { clock, ...node };
};

/** A computation that takes 100 ms and counts its runs. */
const computation = <T>(
  clock: FakeClock,
  value: T,
): { runs: number; most: number; compute: () => Promise<T> } => {
  let inside = 0;
  const self = {
    runs: 0,
    most: 0,
    compute: async () => {
      self.runs += 1;
      inside += 1;
      self.most = Math.max(self.most, inside);
      await new Promise<void>((resolve) => clock.setTimer(resolve, 100));
      inside -= 1;
      return value;
    },
  };
  return self;
};

describe('cacheWithLock', () => {
  it('computes once over all processes and all callers', async () => {
    const { clock, nodes, lockStore } = makeNodes(4);
    const work = computation(clock, { n: 1 });
    const calls = nodes.flatMap(({ cache, locks }) =>
      Array.from({ length: 25 }, () => cacheWithLock(cache, locks, 'k', work.compute, { ttl: 60 })),
    );
    await clock.advance(1_000);
    const values = await Promise.all(calls);
    expect(values).toEqual(Array.from({ length: 100 }, () => ({ n: 1 })));
    // Each caller has its own copy, as from any read.
    expect(new Set(values).size).toBe(100);
    expect(work.runs).toBe(1);
    expect(lockStore.size).toBe(0);
  });

  it.each([[null], [0], [''], [false], [[]], [NaN]])('takes %j for a value', async (value) => {
    const { clock, cache, locks } = oneNode();
    const work = computation<unknown>(clock, value);
    for (let call = 0; call < 3; call += 1) {
      const calling = cacheWithLock(cache, locks, 'k', work.compute, { ttl: 60 });
      await clock.advance(200);
      expect(await calling).toEqual(value);
    }
    expect(work.runs).toBe(1);
  });

  it('asks the lock store for nothing on a hit, and counts the hit', async () => {
    const { cache, locks, lockStore } = oneNode();
    await cache.set('k', 'there');
    expect(await cacheWithLock(cache, locks, 'k', () => 'computed', { ttl: 60 })).toBe('there');
    expect(lockStore.calls).toEqual([]);
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 0 });
  });

  it('counts one miss a caller that had to wait', async () => {
    const { cache, locks } = oneNode();
    await cacheWithLock(cache, locks, 'k', () => 1, { ttl: 60 });
    expect(await cache.stats()).toMatchObject({ hits: 0, misses: 1, total_requests: 1 });
  });

  it('looks in the cache again once it has the lock', async () => {
    const { clock, cache, locks, lockStore } = oneNode();
    lockStore.replyDelayMs = 50;
    const work = computation(clock, 'computed');
    const calling = cacheWithLock(cache, locks, 'k', work.compute, { ttl: 60 });
    await clock.advance(20);
    await cache.set('k', 'stored meanwhile');
    await clock.advance(500);
    expect(await calling).toBe('stored meanwhile');
    expect(work.runs).toBe(0);
  });

  it.each(['down', 'lost-reply'] as const)(
    'computes without the lock when its store is %s, once a process',
    async (mode) => {
      const { clock, nodes } = makeNodes(2);
      const work = computation(clock, 'v');
      for (const { lockStore } of nodes) lockStore.mode = mode;
      const calls = nodes.flatMap(({ cache, locks }) =>
        Array.from({ length: 10 }, () => cacheWithLock(cache, locks, 'k', work.compute, { ttl: 60 })),
      );
      await clock.advance(1_000);
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['v']));
      expect(work.runs).toBe(2);
    },
  );

  it('computes without the lock when the holder takes longer than the wait', async () => {
    const { clock, cache, locks, lockStore } = oneNode();
    lockStore.mode = 'frozen';
    const calling = watch(cacheWithLock(cache, locks, 'k', () => 'v', { ttl: 60, wait: '2s' }));
    await clock.advance(1_999);
    expect(calling.state).toBe('pending');
    await clock.advance(2);
    expect(calling.value).toBe('v');
  });

  it('passes the error of the computation on, frees the lock, and the next caller computes', async () => {
    const { cache, locks } = oneNode();
    const error = new Error('no luck');
    await expect(cacheWithLock(cache, locks, 'k', () => Promise.reject(error), { ttl: 60 })).rejects.toBe(
      error,
    );
    expect(await cacheWithLock(cache, locks, 'k', () => 'luck', { ttl: 60 })).toBe('luck');
  });

  it('never gives a caller what was computed before an invalidation that it knows of, nor stores it', async () => {
    const { clock, cache, locks } = oneNode();
    let source = 'old';
    const compute = async (): Promise<string> => {
      const read = source;
      await new Promise<void>((resolve) => clock.setTimer(resolve, 100));
      return read;
    };
    const early = watch(cacheWithLock(cache, locks, 'k', compute, { ttl: 60 }));
    await clock.advance(50);
    source = 'new';
    await cache.delete('k');
    const late = watch(cacheWithLock(cache, locks, 'k', compute, { ttl: 60 }));
    await clock.advance(500);
    expect(early.value).toBe('old');
    expect(late.value).toBe('new');
    expect(await cache.get('k')).toBe('new');
  });

  it('returns undefined and stores nothing when the computation gives it', async () => {
    const { cache, locks } = oneNode();
    let runs = 0;
    const compute = (): undefined => void (runs += 1);
    expect(await cacheWithLock(cache, locks, 'k', compute, { ttl: 60 })).toBeUndefined();
    expect(await cacheWithLock(cache, locks, 'k', compute, { ttl: 60 })).toBeUndefined();
    expect(runs).toBe(2);
  });

  it('stores for the TTL that is asked', async () => {
    const { clock, cache, locks } = oneNode();
    await cacheWithLock(cache, locks, 'k', () => 1, { ttl: '90s' });
    expect(await cache.ttl('k')).toBe(90);
    await clock.advance(90_001);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('takes the lock anew for each computation', async () => {
    const { clock, cache, locks, lockStore } = oneNode();
    for (let round = 0; round < 2; round += 1) {
      await cacheWithLock(cache, locks, 'k', () => round, { ttl: 1 });
      await clock.advance(1_001);
    }
    expect(lockStore.calls).toEqual(['acquire', 'release', 'acquire', 'release']);
  });

  it('takes keys of any length and segments', async () => {
    const { cache, locks } = oneNode();
    const long = 'x'.repeat(60_000);
    expect(await cacheWithLock(cache, locks, long, () => 1, { ttl: 60 })).toBe(1);
    expect(await cacheWithLock(cache, locks, ['a:b', 7], () => 2, { ttl: 60 })).toBe(2);
    expect(await cache.get(long)).toBe(1);
    expect(await cache.get('a%3Ab:7')).toBe(2);
  });

  it('refuses bad keys and TTLs, and computes nothing', async () => {
    const { cache, locks } = oneNode();
    let runs = 0;
    const compute = (): number => (runs += 1);
    await expect(cacheWithLock(cache, locks, '', compute, { ttl: 60 })).rejects.toMatchObject({
      code: 'ERR_KEY',
    });
    await expect(cacheWithLock(cache, locks, 'k', compute, { ttl: 0 })).rejects.toMatchObject({
      code: 'ERR_TTL',
    });
    await expect(cacheWithLock(cache, locks, 'k', compute, { ttl: 60, lockTtl: NaN })).rejects.toMatchObject({
      code: 'ERR_TTL',
    });
    expect(runs).toBe(0);
  });
});
