/** What processes did with locks. All times are of one clock that no process's own clock is. */
interface Happening {
  readonly process: number;
  readonly name: string;
  readonly token: string;
  readonly invokeMs: number;
  readonly returnMs: number;
}

/** The lock was granted. */
export interface Acquired extends Happening {
  readonly operation: 'acquire';
  /** Absent: the library gives none. */
  readonly fence?: number;
}

/** `assertHeld` passed: the holder says that it held the lock at one moment between invoke and return. */
export interface Checked extends Happening {
  readonly operation: 'check';
}

/** A renewal was sent; `isHeld` says what the store answered. */
export interface Renewed extends Happening {
  readonly operation: 'renew';
  readonly isHeld: boolean;
}

/** `freed`: the store says that this call freed it. `unknown`: no answer came. */
export interface Released extends Happening {
  readonly operation: 'release';
  readonly outcome: 'freed' | 'lost' | 'unknown';
}

/** A read-modify-write of a register under the lock: the version that was read, and the one that the write replaced. */
export interface Wrote extends Happening {
  readonly operation: 'write';
  /** Whether the register compared the fence, at the read and at the write. */
  readonly isGuarded: boolean;
  readonly seen: number;
  readonly found: number;
}

/** When all had ended and the TTL had passed: could the lock be had? */
export interface Probed extends Happening {
  readonly operation: 'probe';
  readonly isFree: boolean;
}

export type LockEvent = Acquired | Checked | Renewed | Released | Wrote | Probed;

/** Takes the events of a run as they end. */
export interface LockHistory {
  add(event: LockEvent): void;
}
