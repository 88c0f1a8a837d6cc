export { cacheWithLock, type CacheWithLockOptions } from './cache-with-lock.ts';
export type { Lease } from './lease.ts';
export type { LockLossCause } from './lock-loss.ts';
export { createLocks, type Locks } from './locks.ts';
export { MemoryLockStore } from './memory/memory-lock-store.ts';
export type { AcquireOptions, LockMode, LocksOptions, TryAcquireOptions, WaitOptions } from './options.ts';
export type { Semaphore } from './semaphore.ts';
