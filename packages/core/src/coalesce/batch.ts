import { CacheError } from '../errors.ts';
import type { LoadBatch } from './load-batch.ts';

interface Waiter<V> {
  resolve: (value: V | undefined) => void;
  reject: (error: unknown) => void;
  /** Takes its listener off the signal; idempotent. */
  detach: () => void;
}

/** The loads that leave together, by key. Idle until `start`, then one call of `loadMany`. */
export class Batch<V> {
  readonly #waiters = new Map<string, Set<Waiter<V>>>();
  readonly #controller = new AbortController();
  #started = false;

  /** How many different keys it asks for. */
  get size(): number {
    return this.#waiters.size;
  }

  /** The value of `key` when the batch is in; leaving by `signal` rejects with its reason. */
  add(key: string, signal: AbortSignal): Promise<V | undefined> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#drop(key, waiter, signal.reason);
        reject(signal.reason as Error);
      };
      const waiter: Waiter<V> = {
        resolve,
        reject,
        detach: () => signal.removeEventListener('abort', onAbort),
      };
      const known = this.#waiters.get(key);
      if (known) known.add(waiter);
      else this.#waiters.set(key, new Set([waiter]));
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Calls `loadMany` for the keys that somebody still waits for, and settles their loads. Acts once. */
  start(loadMany: LoadBatch<V>): void {
    if (this.#started || this.#waiters.size === 0) return;
    this.#started = true;
    void this.#run(loadMany);
  }

  /** Never rejects: every outcome goes to those who wait. */
  async #run(loadMany: LoadBatch<V>): Promise<void> {
    let values: Map<string, V | Error>;
    try {
      const pairs = await loadMany([...this.#waiters.keys()], { signal: this.#controller.signal });
      values = collect(pairs);
    } catch (error) {
      for (const key of [...this.#waiters.keys()]) this.#settle(key, (waiter) => waiter.reject(error));
      return;
    }
    for (const key of [...this.#waiters.keys()]) {
      const value = values.get(key);
      this.#settle(key, (waiter) => (value instanceof Error ? waiter.reject(value) : waiter.resolve(value)));
    }
  }

  #settle(key: string, outcome: (waiter: Waiter<V>) => void): void {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const waiter of waiters) {
      waiter.detach();
      outcome(waiter);
    }
  }

  /** One caller has left. A key that nobody waits for is not asked for; a batch of such keys is aborted. */
  #drop(key: string, waiter: Waiter<V>, reason: unknown): void {
    const waiters = this.#waiters.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(key);
    if (this.#started && this.#waiters.size === 0) this.#controller.abort(reason);
  }
}

const collect = <V>(pairs: Iterable<readonly [string, V | Error]>): Map<string, V | Error> => {
  if (typeof (pairs as Iterable<unknown> | undefined)?.[Symbol.iterator] !== 'function') badPairs();
  const values = new Map<string, V | Error>();
  for (const pair of pairs) {
    // A list of values, as DataLoader takes it, would otherwise be read as pairs that name no key.
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') badPairs();
    values.set(pair[0], pair[1]);
  }
  return values;
};

const badPairs = (): never => {
  throw new CacheError('ERR_LOADER', 'coalesce: loadMany must give a Map or an iterable of [key, value]');
};
