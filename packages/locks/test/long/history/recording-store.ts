import type { LockGrant, LockStore } from '@keepsake/core';
import type { LockHistory } from '@keepsake/tooling/lock-history';

/** A lock store that writes down which renewals were sent through it. */
export class RecordingStore implements LockStore {
  readonly name: string;
  /** There where the store behind it has them. */
  readonly acquireInLine?: NonNullable<LockStore['acquireInLine']>;
  readonly onTurn?: NonNullable<LockStore['onTurn']>;
  readonly #inner: LockStore;
  readonly #process: number;
  readonly #now: () => number;
  readonly #history: LockHistory;

  constructor(inner: LockStore, process: number, now: () => number, history: LockHistory) {
    this.name = inner.name;
    const { acquireInLine, onTurn } = inner;
    if (acquireInLine !== undefined && onTurn !== undefined) {
      this.acquireInLine = acquireInLine.bind(inner);
      this.onTurn = onTurn.bind(inner);
    }
    this.#inner = inner;
    this.#process = process;
    this.#now = now;
    this.#history = history;
  }

  async acquire(names: readonly string[], token: string, ttlMs: number): Promise<LockGrant> {
    return this.#inner.acquire(names, token, ttlMs);
  }

  async extend(
    names: readonly string[],
    token: string,
    ttlMs: number,
  ): Promise<'extended' | 'absent' | 'other'> {
    const invokeMs = this.#now();
    let isHeld = false;
    try {
      const answer = await this.#inner.extend(names, token, ttlMs);
      isHeld = answer === 'extended';
      return answer;
    } finally {
      const times = { invokeMs, returnMs: this.#now() };
      for (const name of names) {
        this.#history.add({ operation: 'renew', process: this.#process, name, token, isHeld, ...times });
      }
    }
  }

  async release(names: readonly string[], token: string): Promise<boolean> {
    return this.#inner.release(names, token);
  }

  async onRelease(names: readonly string[], listener: () => void): Promise<() => void> {
    return this.#inner.onRelease(names, listener);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}
