import type { Clock, LockStore } from '@keepsake/core';

/** What the locks of one process are made of. */
export interface SubjectParts {
  /** The way to the server, which may be shared with other processes. */
  readonly store: LockStore;
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly waitMs: number;
  /** Whether each caller has a place of its own in the server's line. */
  readonly isFair: boolean;
}
