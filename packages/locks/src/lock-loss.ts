import { CacheError } from '@keepsake/core';

/**
 * Why a lease ended without being released. `expired`: its time ran out, or the store knows it no more.
 * `stolen`: somebody else holds the lock. `unreachable`: the store did not answer in time, or `close()` was
 * called.
 */
export type LockLossCause = 'expired' | 'stolen' | 'unreachable';

const MEANING: Record<LockLossCause, string> = {
  expired: 'its time has run out, or the store has lost it',
  stolen: 'somebody else holds it',
  unreachable: 'the store could not be asked in time',
};

/** The reason that the lease's signal gives, and that `assertHeld()` throws. */
export const lockLost = (name: string, cause: LockLossCause): CacheError =>
  new CacheError('ERR_LOCK_LOST', `lock ${JSON.stringify(name)} was lost: ${MEANING[cause]}`, { cause });
