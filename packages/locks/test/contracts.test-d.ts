import type { Cache, Duration, LoadContext, LockStore } from '@keepsake/core';
import {
  cacheWithLock,
  createLocks,
  type Lease,
  type Locks,
  MemoryLockStore,
  type Semaphore,
} from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { lockStoreSuite } from '@keepsake/locks/testing';
import type { Redis } from 'ioredis';
import { expectTypeOf } from 'vitest';

declare const cache: Cache;
declare const client: Redis;
declare const signal: AbortSignal;

const locks: Locks = createLocks({ store: new MemoryLockStore(), ttl: 10, wait: '10s' });
expectTypeOf(new MemoryLockStore()).toExtend<LockStore>();
expectTypeOf(new RedisLockStore({ url: 'redis://127.0.0.1', prefix: 'ks:' })).toExtend<LockStore>();
expectTypeOf(new RedisLockStore({ client })).toExtend<LockStore>();

expectTypeOf(locks.acquire('a', { ttl: '1s', wait: 1, signal })).toEqualTypeOf<Promise<Lease>>();
expectTypeOf(locks.acquire(['a', 'b'])).toEqualTypeOf<Promise<Lease>>();
expectTypeOf(locks.tryAcquire('a', { ttl: 1, signal })).toEqualTypeOf<Promise<Lease | undefined>>();
expectTypeOf(locks.run('a', (lease) => lease.fence, { wait: 1 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(locks.run('a', async () => 'x')).toEqualTypeOf<Promise<string>>();
expectTypeOf(locks.acquire('a', { fair: true, mode: 'read' })).toEqualTypeOf<Promise<Lease>>();
expectTypeOf(locks.tryAcquire('a', { mode: 'read' })).toEqualTypeOf<Promise<Lease | undefined>>();
expectTypeOf(locks.semaphore('a', 3)).toEqualTypeOf<Semaphore>();
expectTypeOf(locks.semaphore('a', 3).acquire({ ttl: 1, wait: 1, signal })).toEqualTypeOf<Promise<Lease>>();
expectTypeOf(locks.semaphore('a', 3).tryAcquire()).toEqualTypeOf<Promise<Lease | undefined>>();
expectTypeOf(locks.semaphore('a', 3).run(() => 1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(locks.close()).toEqualTypeOf<Promise<void>>();

expectTypeOf<Lease['name']>().toEqualTypeOf<string>();
expectTypeOf<Lease['token']>().toEqualTypeOf<string>();
expectTypeOf<Lease['fence']>().toEqualTypeOf<number>();
expectTypeOf<Lease['signal']>().toEqualTypeOf<AbortSignal>();
expectTypeOf<Lease['remainingMs']>().toEqualTypeOf<() => number>();
expectTypeOf<Lease['assertHeld']>().toEqualTypeOf<() => void>();
expectTypeOf<Lease['extend']>().parameter(0).toEqualTypeOf<Duration | undefined>();
expectTypeOf<Lease['release']>().toEqualTypeOf<() => Promise<boolean>>();
expectTypeOf<Lease>().toExtend<AsyncDisposable>();

expectTypeOf(cacheWithLock(cache, locks, 'k', async () => ({ n: 1 }), { ttl: 60 })).toEqualTypeOf<
  Promise<{ n: number }>
>();
expectTypeOf(
  cacheWithLock(cache, locks, ['k', 1], (c: LoadContext<number>) => c.key.length, { ttl: '1h' }),
).toEqualTypeOf<Promise<number>>();
expectTypeOf(lockStoreSuite).parameter(0).toEqualTypeOf<string>();

// @ts-expect-error a store is needed
createLocks({});
// @ts-expect-error a lock does not last for ever
createLocks({ store: new MemoryLockStore(), ttl: 'forever' });
// @ts-expect-error tryAcquire does not wait
void locks.tryAcquire('a', { wait: 1 });
// @ts-expect-error neither reads nor writes
void locks.acquire('a', { mode: 'append' });
// @ts-expect-error who does not wait has no place in a line
void locks.tryAcquire('a', { fair: true });
