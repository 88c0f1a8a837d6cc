/**
 * A bounded, synchronous key-value store with TTL, by reference.
 *
 * Idea: a Map from key to slot, and everything else in arrays by slot: keys and values, and typed arrays for
 * the eviction policy's queues and the timer wheel. Objects for entries would cost twice the time and memory.
 * Invariant: `size <= maxEntries` and `bytes <= maxBytes` after every call; a slot is in the Map, in one queue
 * of the policy and, if it has a TTL, in the wheel, or it is free. Every operation is O(1), amortised for the
 * growth of the arrays and for eviction, but `keys`, `clear` and `purgeExpired`. The file is longer than
 * others: the hot structure is kept whole.
 */
import { type Clock, systemClock, type Timer } from '../clock.ts';
import { CacheError } from '../errors.ts';
import { CoarseClock } from './coarse-clock.ts';
import { OrderedPolicy } from './eviction/ordered.ts';
import type { EvictionPolicy, Pressure } from './eviction/policy.ts';
import { S3FifoPolicy } from './eviction/s3-fifo.ts';
import { hashKey } from './hash-key.ts';
import { TimerWheel } from './timer-wheel.ts';
import { ENTRY_OVERHEAD_BYTES, weighValue } from './weigh.ts';

/** `s3-fifo` keeps what is asked for again; `lru` what was used last; `fifo` what came last. */
export type EvictionPolicyName = 's3-fifo' | 'lru' | 'fifo';

export interface MemoryStoreOptions<V> {
  /** Default 10,000. */
  maxEntries?: number;
  /** Default none: then nothing is weighed unless `weigh` is given. */
  maxBytes?: number;
  /** Bytes of an entry. Default: an estimate of key and value plus 112 bytes of overhead. */
  weigh?: (value: V, key: string) => number;
  /** Default 's3-fifo'. */
  policy?: EvictionPolicyName;
  clock?: Clock;
  /** Called after an entry left of its own accord. Must not throw. */
  onEvict?: (key: string, reason: 'evicted' | 'expired') => void;
}

export interface MemoryStore<V> {
  get(key: string): V | undefined;
  /** False: the entry alone exceeds `maxBytes`; then the key holds nothing. `ttlMs` default: forever. */
  set(key: string, value: V, ttlMs?: number): boolean;
  delete(key: string): boolean;
  has(key: string): boolean;
  clear(): void;
  /** All keys, in no order that means anything; those that have expired since were dropped before. */
  keys(): IterableIterator<string>;
  /** Drops all that has expired. */
  purgeExpired(): void;
  /** Entries; an expired one counts until it is dropped, at most a second late. */
  readonly size: number;
  /** What `weigh` says of all entries; 0 where nothing is weighed. */
  readonly bytes: number;
}

export const DEFAULT_MAX_ENTRIES = 10_000;

const FIRST_CAPACITY = 256;
/** Expired entries that one call drops on its way. */
const EXPIRED_AT_ONCE = 16;
/** Expired entries that one turn of the timer drops. */
const EXPIRED_PER_TURN = 10_000;
const HEAVIEST = 0xffff_ffff;

/**
 * @example
 * ```ts
 * import { createMemoryStore } from '@keepsake/core/memory';
 *
 * const store = createMemoryStore<number>({ maxEntries: 2, policy: 'lru' });
 * store.set('a', 1);
 * store.set('b', 2);
 * store.get('a');
 * store.set('c', 3); // evicts b, used least recently
 * console.log(store.has('b'), store.size); // false 2
 * ```
 * @throws CacheError ERR_OPTION for a bound that is no number of at least 1, or an unknown policy.
 */
export const createMemoryStore = <V>(options: MemoryStoreOptions<V> = {}): MemoryStore<V> =>
  new SlotStore(options);

class SlotStore<V> implements MemoryStore<V> {
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #values: (V | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #weigh: ((value: V, key: string) => number) | undefined;
  readonly #policy: EvictionPolicy;
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #time: CoarseClock;
  readonly #onEvict: ((key: string, reason: 'evicted' | 'expired') => void) | undefined;
  #weights = new Uint32Array(0);
  #capacity = 0;
  #bytes = 0;
  #timer: Timer | undefined;
  #timerAt = Infinity;

  constructor(options: MemoryStoreOptions<V>) {
    const { maxBytes, weigh, clock = systemClock, policy = 's3-fifo' } = options;
    this.#maxEntries = Math.floor(atLeastOne('maxEntries', options.maxEntries ?? DEFAULT_MAX_ENTRIES));
    this.#maxBytes = maxBytes === undefined ? Infinity : atLeastOne('maxBytes', maxBytes);
    this.#weigh =
      weigh ??
      (maxBytes === undefined
        ? undefined
        : (value, key) => weighValue(value, maxBytes) + key.length * 2 + ENTRY_OVERHEAD_BYTES);
    this.#policy = makePolicy(policy);
    this.#clock = clock;
    this.#time = new CoarseClock(clock);
    this.#wheel = new TimerWheel(clock.now());
    this.#onEvict = options.onEvict;
  }

  get size(): number {
    return this.#slots.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): V | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined || this.#hasExpired(slot)) return undefined;
    this.#policy.hit(slot);
    return this.#values[slot];
  }

  has(key: string): boolean {
    const slot = this.#slots.get(key);
    return slot !== undefined && !this.#hasExpired(slot);
  }

  set(key: string, value: V, ttlMs = Infinity): boolean {
    const weight = this.#weigh === undefined ? 0 : Math.ceil(this.#weigh(value, key));
    const known = this.#slots.get(key);
    if (!(weight <= this.#maxBytes)) {
      if (known !== undefined) this.#drop(known);
      return false;
    }
    if (known === undefined) this.#insert(key, value, weight, ttlMs);
    else this.#overwrite(known, value, weight, ttlMs);
    return true;
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined || this.#hasExpired(slot)) return false;
    this.#drop(slot);
    return true;
  }

  clear(): void {
    this.#slots.clear();
    this.#keys.length = 0;
    this.#values.length = 0;
    this.#free.length = 0;
    this.#policy.clear();
    this.#wheel.clear();
    this.#bytes = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  keys(): IterableIterator<string> {
    this.purgeExpired();
    return this.#slots.keys();
  }

  purgeExpired(): void {
    if (this.#wheel.scheduled === 0) return;
    this.#wheel.advance(this.#clock.now());
    this.#dropDue(Infinity);
    // What lies in the current bucket is not due yet, but may have expired within it.
    for (const slot of this.#slots.values()) this.#hasExpired(slot);
  }

  #hasExpired(slot: number): boolean {
    const at = this.#wheel.timeOf(slot);
    if (at === 0 || at > this.#time.now()) return false;
    this.#expire(slot);
    return true;
  }

  #insert(key: string, value: V, weight: number, ttlMs: number): void {
    if (this.#wheel.scheduled > 0 && this.#time.now() >= this.#timerAt) this.#dropSomeDue();
    while (this.#slots.size >= this.#maxEntries) this.#evict('entries');
    while (this.#bytes + weight > this.#maxBytes) this.#evict('bytes');
    const slot = this.#takeSlot();
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#values[slot] = value;
    this.#weights[slot] = Math.min(weight, HEAVIEST);
    this.#bytes += this.#weights[slot];
    this.#policy.insert(slot, hashKey(key), this.#weights[slot]);
    this.#schedule(slot, ttlMs);
  }

  #overwrite(slot: number, value: V, weight: number, ttlMs: number): void {
    this.#values[slot] = value;
    const stored = Math.min(weight, HEAVIEST);
    const before = this.#weights[slot] as number;
    if (stored !== before) {
      this.#weights[slot] = stored;
      this.#bytes += stored - before;
      this.#policy.reweigh(slot, stored);
    }
    this.#policy.hit(slot);
    this.#schedule(slot, ttlMs);
    while (this.#bytes > this.#maxBytes) this.#evict('bytes');
  }

  #takeSlot(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const slot = this.#slots.size;
    if (slot < this.#capacity) return slot;
    this.#capacity = Math.min(Math.max(FIRST_CAPACITY, this.#capacity * 2), this.#maxEntries);
    const weights = new Uint32Array(this.#capacity);
    weights.set(this.#weights);
    this.#weights = weights;
    this.#policy.grow(this.#capacity);
    this.#wheel.grow(this.#capacity);
    return slot;
  }

  #schedule(slot: number, ttlMs: number): void {
    if (ttlMs === Infinity) {
      this.#wheel.cancel(slot);
      return;
    }
    this.#wheel.schedule(slot, this.#time.now() + ttlMs);
    if (this.#timer === undefined) this.#arm();
  }

  #evict(pressure: Pressure): void {
    const slot = this.#policy.evict(pressure);
    if (slot < 0) throw new Error('memory store: it is over its bound and holds nothing');
    const key = this.#keys[slot] as string;
    const at = this.#wheel.timeOf(slot);
    this.#vacate(slot, key);
    this.#onEvict?.(key, at !== 0 && at <= this.#time.now() ? 'expired' : 'evicted');
  }

  #expire(slot: number): void {
    const key = this.#keys[slot] as string;
    this.#drop(slot);
    this.#onEvict?.(key, 'expired');
  }

  #drop(slot: number): void {
    this.#policy.remove(slot);
    this.#vacate(slot, this.#keys[slot] as string);
  }

  #vacate(slot: number, key: string): void {
    this.#slots.delete(key);
    this.#wheel.cancel(slot);
    this.#bytes -= this.#weights[slot] as number;
    this.#values[slot] = undefined;
    this.#keys[slot] = '';
    this.#free.push(slot);
  }

  #dropSomeDue(): void {
    this.#wheel.advance(this.#time.now());
    this.#dropDue(EXPIRED_AT_ONCE);
  }

  #dropDue(most: number): void {
    for (let dropped = 0; dropped < most; dropped += 1) {
      const slot = this.#wheel.takeExpired();
      if (slot < 0) return;
      this.#expire(slot);
    }
  }

  /** One timer, for the next bucket that comes due; it does not keep the process alive. */
  #arm(): void {
    const now = this.#clock.now();
    this.#wheel.advance(now);
    this.#timerAt = this.#wheel.nextLook();
    if (this.#timerAt === Infinity) {
      this.#timer = undefined;
      return;
    }
    const look = (): void => {
      this.#wheel.advance(this.#clock.now());
      this.#dropDue(EXPIRED_PER_TURN);
      this.#arm();
    };
    this.#timer = this.#clock.setTimer(look, Math.max(1, this.#timerAt - now), 'background');
  }
}

const makePolicy = (name: EvictionPolicyName): EvictionPolicy => {
  switch (name) {
    case 's3-fifo':
      return new S3FifoPolicy();
    case 'lru':
    case 'fifo':
      return new OrderedPolicy(name);
    default:
      throw new CacheError('ERR_OPTION', `policy: expected s3-fifo, lru or fifo, got ${String(name)}`);
  }
};

const atLeastOne = (name: string, value: number): number => {
  if (typeof value === 'number' && value >= 1) return value;
  throw new CacheError('ERR_OPTION', `${name}: expected a number of at least 1, got ${String(value)}`);
};
