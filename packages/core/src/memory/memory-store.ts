/**
 * A bounded, synchronous key-value store with TTL, by reference.
 *
 * Idea: a Map for look-up and a doubly linked list for recency; what was used least recently is evicted.
 * Invariant: `size <= maxEntries` and `bytes <= maxBytes` after every call. Every operation is O(1) but
 * `keys()` and `purgeExpired()`. An expired entry is dropped when it is met, or evicted in its turn.
 */
import { type Clock, systemClock } from '../clock.ts';
import { CacheError } from '../errors.ts';
import { ENTRY_OVERHEAD_BYTES, weighValue } from './weigh.ts';

export interface MemoryStoreOptions<V> {
  /** Default 10,000. */
  maxEntries?: number;
  /** Default 64 MiB, as estimated by `weigh`. */
  maxBytes?: number;
  /** Bytes of a value. Default: an estimate of the value, plus its key and 112 bytes of overhead. */
  weigh?: (value: V, key: string) => number;
  clock?: Clock;
  /** Called after an entry left on its own account. */
  onEvict?: (key: string, reason: 'evicted' | 'expired') => void;
}

export interface MemoryStore<V> {
  get(key: string): V | undefined;
  /** False: the value alone exceeds `maxBytes`; then the key holds nothing. `ttlMs` default: forever. */
  set(key: string, value: V, ttlMs?: number): boolean;
  delete(key: string): boolean;
  has(key: string): boolean;
  clear(): void;
  keys(): IterableIterator<string>;
  /** Drops all that has expired. O(n). */
  purgeExpired(): void;
  readonly size: number;
  readonly bytes: number;
}

export const MEMORY_DEFAULTS: { readonly maxEntries: number; readonly maxBytes: number } = Object.freeze({
  maxEntries: 10_000,
  maxBytes: 64 * 1024 * 1024,
});

interface Node<V> {
  readonly key: string;
  value: V;
  expiresAt: number;
  weight: number;
  newer: Node<V> | undefined;
  older: Node<V> | undefined;
}

/**
 * @example
 * ```ts
 * import { createMemoryStore } from '@keepsake/core/memory';
 *
 * const store = createMemoryStore<number>({ maxEntries: 2 });
 * store.set('a', 1);
 * store.set('b', 2);
 * store.get('a');
 * store.set('c', 3); // evicts b, used least recently
 * console.log(store.has('b'), store.size); // false 2
 * ```
 * @throws CacheError ERR_OPTION for a bound that is no positive number.
 */
export const createMemoryStore = <V>(options: MemoryStoreOptions<V> = {}): MemoryStore<V> => {
  const maxEntries = positive('maxEntries', options.maxEntries ?? MEMORY_DEFAULTS.maxEntries);
  const maxBytes = positive('maxBytes', options.maxBytes ?? MEMORY_DEFAULTS.maxBytes);
  return new LinkedStore(
    maxEntries,
    maxBytes,
    options.weigh ?? ((value, key) => weighValue(value, maxBytes) + key.length * 2 + ENTRY_OVERHEAD_BYTES),
    options.clock ?? systemClock,
    options.onEvict,
  );
};

const positive = (name: string, value: number): number => {
  if (typeof value === 'number' && value >= 1) return value;
  throw new CacheError('ERR_OPTION', `${name}: expected a number of at least 1, got ${String(value)}`);
};

class LinkedStore<V> implements MemoryStore<V> {
  readonly #nodes = new Map<string, Node<V>>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #weigh: (value: V, key: string) => number;
  readonly #clock: Clock;
  readonly #onEvict: ((key: string, reason: 'evicted' | 'expired') => void) | undefined;
  #newest: Node<V> | undefined;
  #oldest: Node<V> | undefined;
  #bytes = 0;

  constructor(
    maxEntries: number,
    maxBytes: number,
    weigh: (value: V, key: string) => number,
    clock: Clock,
    onEvict: ((key: string, reason: 'evicted' | 'expired') => void) | undefined,
  ) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#weigh = weigh;
    this.#clock = clock;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): V | undefined {
    const node = this.#live(key);
    if (!node) return undefined;
    if (node !== this.#newest) {
      this.#unlink(node);
      this.#linkNewest(node);
    }
    return node.value;
  }

  has(key: string): boolean {
    return this.#live(key) !== undefined;
  }

  set(key: string, value: V, ttlMs = Infinity): boolean {
    const weight = this.#weigh(value, key);
    const known = this.#nodes.get(key);
    if (!(weight <= this.#maxBytes)) {
      if (known) this.#drop(known);
      return false;
    }
    const expiresAt = ttlMs === Infinity ? Infinity : this.#clock.now() + ttlMs;
    if (known) {
      this.#bytes += weight - known.weight;
      known.value = value;
      known.weight = weight;
      known.expiresAt = expiresAt;
      this.#unlink(known);
      this.#linkNewest(known);
    } else {
      const node: Node<V> = { key, value, expiresAt, weight, newer: undefined, older: undefined };
      this.#nodes.set(key, node);
      this.#bytes += weight;
      this.#linkNewest(node);
    }
    this.#evictToBounds();
    return true;
  }

  delete(key: string): boolean {
    const node = this.#live(key);
    if (!node) return false;
    this.#drop(node);
    return true;
  }

  clear(): void {
    this.#nodes.clear();
    this.#newest = undefined;
    this.#oldest = undefined;
    this.#bytes = 0;
  }

  keys(): IterableIterator<string> {
    return this.#nodes.keys();
  }

  purgeExpired(): void {
    const now = this.#clock.now();
    for (const node of this.#nodes.values()) if (node.expiresAt <= now) this.#expire(node);
  }

  #live(key: string): Node<V> | undefined {
    const node = this.#nodes.get(key);
    if (!node || node.expiresAt === Infinity || node.expiresAt > this.#clock.now()) return node;
    this.#expire(node);
    return undefined;
  }

  #expire(node: Node<V>): void {
    this.#drop(node);
    this.#onEvict?.(node.key, 'expired');
  }

  #evictToBounds(): void {
    while (this.#oldest && (this.#nodes.size > this.#maxEntries || this.#bytes > this.#maxBytes)) {
      const victim = this.#oldest;
      this.#drop(victim);
      this.#onEvict?.(victim.key, victim.expiresAt <= this.#clock.now() ? 'expired' : 'evicted');
    }
  }

  #drop(node: Node<V>): void {
    this.#nodes.delete(node.key);
    this.#bytes -= node.weight;
    this.#unlink(node);
  }

  #linkNewest(node: Node<V>): void {
    node.older = this.#newest;
    node.newer = undefined;
    if (this.#newest) this.#newest.newer = node;
    this.#newest = node;
    this.#oldest ??= node;
  }

  #unlink(node: Node<V>): void {
    if (node.newer) node.newer.older = node.older;
    else if (this.#newest === node) this.#newest = node.older;
    if (node.older) node.older.newer = node.newer;
    else if (this.#oldest === node) this.#oldest = node.newer;
  }
}
