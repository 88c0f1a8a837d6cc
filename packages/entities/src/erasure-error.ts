import { CacheError } from '@keepsake/core';
import type { Erasure } from './erasure.ts';

/**
 * An erasure that could not be carried through: a store did not say in time which keys it holds. `code` is ERR_TIMEOUT.
 * The deletion is to be asked for again; the cutting off was tried all the same.
 */
export class ErasureError extends CacheError {
  /** What was done, with `acknowledged: false`. `entries`: those that were found and deleted until then. */
  readonly erasure: Erasure;
  /**
   * True: what is left is served to nobody, and no load that began before can store it, though it lies in the store
   * until its TTL ends. False: this process carries that out once the store answers again.
   */
  readonly isCutOff: boolean;

  constructor(erasure: Erasure, isCutOff: boolean, cause: unknown) {
    const { entries, tags } = erasure;
    super(
      'ERR_TIMEOUT',
      `erasure: the keys could not be listed in time; ${entries ?? 'some'} entries were deleted, ${tags.length} tags ` +
        `${isCutOff ? 'were' : 'will be'} invalidated, the rest lies in the store: erase again`,
      { cause },
    );
    this.erasure = erasure;
    this.isCutOff = isCutOff;
  }
}
