import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cache, Invalidation } from '../cache.ts';
import { checkPort, checkFunction } from '../check.ts';
import { carryOut, type PendingRemoval } from './pending-removals.ts';
import { Transaction } from './transaction.ts';
import { TransactionalCache } from './transactional-cache.ts';

export interface AfterCommitOptions {
  /**
   * Whether an error of the work says that nothing was committed; default: every error does. Give false for one
   * after which nobody knows (the connection broke during COMMIT): removals are then carried out, for one too
   * many costs a miss and one too few serves what is old.
   */
  isRolledBack?: (error: unknown) => boolean;
}

/** A transaction that is under way. */
export interface PendingCommit {
  /** What was gathered so far, as plain data: store it in an outbox, and `carryOut` it from anywhere. */
  removals(): PendingRemoval[];
}

export interface Transactional {
  /** The cache that was given, with removals that wait for the commit inside `afterCommit`. */
  readonly cache: Cache;
  /**
   * Runs `work`, which is or contains a transaction and resolves when it has committed. What is removed from
   * the cache meanwhile (by `delete`, `invalidateTags`, `invalidates`, an entity's `invalidate`) is gathered, and
   * carried out once it has resolved; if it rejects, nothing is removed. Nested: a savepoint, whose removals wait
   * for the outer commit. Resolves with what `work` gave, once the removals were tried; a store that cannot be
   * reached is no error, as for any removal.
   *
   * Rejects with the error of `work`; ERR_CLOSED, if the cache was closed meanwhile: then it has committed.
   */
  afterCommit<T>(work: (commit: PendingCommit) => T | Promise<T>, options?: AfterCommitOptions): Promise<T>;
  /** Carries out what another transaction, perhaps of another process, has gathered. Twice does no harm. */
  carryOut(removals: readonly PendingRemoval[]): Promise<Invalidation>;
}

/**
 * Ties a cache to transactions, by AsyncLocalStorage: what is removed inside `afterCommit` is removed after the
 * commit, and not at all after a rollback. Inside, reads find nothing and loaders run without storing: what a
 * transaction sees is not what others may see.
 *
 * - A removal inside resolves `acknowledged: false`: it has not been carried out yet.
 * - At most 10,000 names are gathered; beyond, their namespace is cleared.
 * - A process that dies between its commit and the removal leaves the old entries to their TTL. Where that is too
 *   long: store `commit.removals()` in the transaction, and `carryOut` them from a job.
 * - Readers that query a replica which lags behind the commit may store what is old; query the primary on a miss.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { transactional } from '@keepsake/core/transactions';
 *
 * const { cache, afterCommit } = transactional(createCache());
 * await cache.set('album:7', 'Summer');
 * await afterCommit(async () => {
 *   await cache.delete('album:7'); // the row is written, but not committed
 * });
 * console.log(await cache.get('album:7')); // undefined
 * ```
 * @throws CacheError ERR_OPTION for what is no cache.
 */
export const transactional = (cache: Cache): Transactional => {
  checkPort('cache', cache ?? {}, ['get', 'invalidateTags', 'namespace']);
  const storage = new AsyncLocalStorage<Transaction>();
  const current = (): Transaction | undefined => {
    const transaction = storage.getStore();
    return transaction?.isOpen === true ? transaction : undefined;
  };
  const afterCommit: Transactional['afterCommit'] = async (work, { isRolledBack = () => true } = {}) => {
    checkFunction('work', work);
    const outer = current();
    const transaction = new Transaction();
    const { pending } = transaction;
    const finish = async (): Promise<void> => {
      // Without an outer one, or after its end, nothing is left to wait for.
      if (outer?.isOpen !== true) await carryOut(cache, pending.list());
      else for (const removal of pending.list()) outer.pending.add(removal);
    };
    try {
      const result = await storage.run(transaction, async () => work({ removals: () => pending.list() }));
      transaction.isOpen = false;
      await finish();
      return result;
    } catch (error) {
      // Still open: it is the work that failed.
      if (transaction.isOpen && !isRolledBack(error)) {
        transaction.isOpen = false;
        await finish();
      }
      throw error;
    } finally {
      transaction.isOpen = false;
    }
  };
  return {
    cache: new TransactionalCache(cache, current),
    afterCommit,
    carryOut: (removals) => carryOut(cache, removals),
  };
};
