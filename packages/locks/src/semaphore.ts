import type { Lease } from './lease.ts';
import type { WaitOptions } from './options.ts';

/**
 * Permits of a name, of which each is a lease: it renews itself, and a holder that dies frees its permit at the end of
 * its TTL. Who waits is served in the order it came, over all processes.
 *
 * @example
 * ```ts
 * import { createLocks, MemoryLockStore } from '@keepsake/locks';
 *
 * const locks = createLocks({ store: new MemoryLockStore() });
 * const encoders = locks.semaphore('encoders', 2);
 * await using first = await encoders.acquire();
 * await using second = await encoders.acquire();
 * console.log(await encoders.tryAcquire()); // undefined
 * await first.release();
 * console.log(await encoders.run(() => 'encoded')); // encoded
 * await second.release();
 * await locks.close();
 * ```
 */
export interface Semaphore {
  readonly name: string;
  readonly permits: number;
  /** Waits for a permit. Rejects as `locks.acquire` does. */
  acquire(options?: WaitOptions): Promise<Lease>;
  /** A permit if one is free at this moment, else undefined. */
  tryAcquire(options?: Omit<WaitOptions, 'wait'>): Promise<Lease | undefined>;
  /** Runs `work` with a permit and gives what it gives. Rejects ERR_LOCK_LOST when the permit was lost before it ended. */
  run<T>(work: (lease: Lease) => T | Promise<T>, options?: WaitOptions): Promise<T>;
}
