import {
  CacheError,
  type Clock,
  type LineRequest,
  type LockGrant,
  type LockStore,
  type MaybePromise,
  systemClock,
} from '@keepsake/core';

/**
 * `up`: passes calls on. `down`: rejects at once. `frozen`: never answers. `lost-reply`: carries the call
 * out and rejects.
 */
export type LockFault = 'up' | 'down' | 'frozen' | 'lost-reply';

/** A lock store that can be slowed, broken and mended at will, in front of a real one. */
export class FaultyLockStore implements LockStore {
  readonly name: string;
  readonly #inner: LockStore;
  readonly #clock: Clock;
  /** What happens to the next calls. */
  mode: LockFault = 'up';
  /** Each call reaches the store after this long. */
  requestDelayMs = 0;
  /** Each answer comes back after this long. */
  replyDelayMs = 0;
  /** No wake-up is passed on while this is set. */
  losesWakeUps = false;
  /** Names of the calls made so far. */
  readonly calls: string[] = [];

  /** There where the store behind it has them. */
  readonly acquireInLine?: NonNullable<LockStore['acquireInLine']>;
  readonly onTurn?: NonNullable<LockStore['onTurn']>;

  constructor(inner: LockStore, options: { clock?: Clock } = {}) {
    this.#inner = inner;
    const { acquireInLine, onTurn } = inner;
    if (acquireInLine !== undefined && onTurn !== undefined) {
      this.acquireInLine = (names, token, ttlMs, request: LineRequest) =>
        this.#pass('acquire', () => acquireInLine.call(inner, names, token, ttlMs, request));
      this.onTurn = (token, listener) =>
        this.#pass('onRelease', () =>
          onTurn.call(inner, token, (inMs) => {
            if (!this.losesWakeUps) listener(inMs);
          }),
        );
    }
    this.#clock = options.clock ?? systemClock;
    this.name = `faulty ${inner.name}`;
  }

  acquire(names: readonly string[], token: string, ttlMs: number): Promise<LockGrant> {
    return this.#pass('acquire', () => this.#inner.acquire(names, token, ttlMs));
  }

  extend(names: readonly string[], token: string, ttlMs: number): Promise<'extended' | 'absent' | 'other'> {
    return this.#pass('extend', () => this.#inner.extend(names, token, ttlMs));
  }

  release(names: readonly string[], token: string): Promise<boolean> {
    return this.#pass('release', () => this.#inner.release(names, token));
  }

  onRelease(names: readonly string[], listener: () => void): Promise<() => void> {
    const heard = (): void => {
      if (!this.losesWakeUps) listener();
    };
    return this.#pass('onRelease', () => this.#inner.onRelease(names, heard));
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  async #pass<T>(call: string, work: () => MaybePromise<T>): Promise<T> {
    this.calls.push(call);
    const { mode, requestDelayMs, replyDelayMs } = this;
    if (requestDelayMs > 0) await this.#pause(requestDelayMs);
    if (mode === 'down') throw new CacheError('ERR_UNAVAILABLE', `${call}: the lock store is down`);
    if (mode === 'frozen') return new Promise<never>(() => undefined);
    const answer = await work();
    if (replyDelayMs > 0) await this.#pause(replyDelayMs);
    if (mode === 'lost-reply') throw new CacheError('ERR_UNAVAILABLE', `${call}: the reply was lost`);
    return answer;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(resolve, ms));
  }
}
