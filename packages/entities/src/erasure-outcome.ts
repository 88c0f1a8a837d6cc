import { CacheError, type Tier } from '@keepsake/core';

/** What was removed of a subject. */
export interface Erasure {
  /**
   * Entries that were found and deleted, one a key whatever the tiers; dead ones of others, which lay there until their
   * TTL, count as well. Undefined: it is not known. Where not all was acknowledged, there may be more.
   */
  readonly entries: number | undefined;
  /** The tags that were invalidated. */
  readonly tags: readonly string[];
  /** The tiers that this cache has, each of which was asked. */
  readonly tiers: readonly Tier[];
  /** False: a store could not be reached. What is left in it is not served, but lies there: call again. */
  readonly acknowledged: boolean;
}

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
