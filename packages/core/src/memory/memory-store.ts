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
import { inRange, refuse } from '../check.ts';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import type { AccessSampler } from './access-sampler.ts';
import { CoarseClock } from './coarse-clock.ts';
import { OrderedPolicy } from './eviction/ordered.ts';
import type { EvictionPolicy, Pressure, SlotFacts } from './eviction/policy.ts';
import { S3FifoPolicy } from './eviction/s3-fifo.ts';
import { Slots } from './slots.ts';
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
  /** Is told of each `get` of a key that it samples, hit or miss. */
  sampler?: AccessSampler;
}

export interface MemoryStore<V> {
  get(key: string): V | undefined;
  /** The same, and it counts as no use: it changes nothing of what is evicted, and a sampler is not told. */
  peek(key: string): V | undefined;
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

/** Expired entries that one call drops on its way. */
const EXPIRED_AT_ONCE = 16;
/** Expired entries that one turn of the timer drops. */
const EXPIRED_PER_TURN = 10_000;

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
  /** The slot of each key; of a sampled key the slot's complement, so that a hit on any other looks nowhere else. */
  readonly #index = new Map<string, number>();
  readonly #slots: Slots<V>;
  readonly #policy: EvictionPolicy;
  readonly #wheel: TimerWheel;
  readonly #time: CoarseClock;
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #weigh: ((value: V, key: string) => number) | undefined;
  readonly #onEvict: ((key: string, reason: 'evicted' | 'expired') => void) | undefined;
  readonly #sampler: AccessSampler | undefined;
  #bytes = 0;
  /** Tells an insertion that another came in between. */
  #inserts = 0;
  #timer: Timer | undefined;
  #timerAt = Infinity;

  constructor(options: MemoryStoreOptions<V>) {
    const { maxBytes, weigh, clock = systemClock, policy = 's3-fifo', sampler } = options;
    const most = inRange('maxEntries', options.maxEntries ?? DEFAULT_MAX_ENTRIES, 1, Infinity);
    this.#maxEntries = Math.floor(most);
    this.#maxBytes = maxBytes === undefined ? Infinity : inRange('maxBytes', maxBytes, 1, Infinity);
    this.#weigh =
      weigh ??
      (maxBytes === undefined
        ? undefined
        : (value, key) => weighValue(value, maxBytes) + key.length * 2 + ENTRY_OVERHEAD_BYTES);
    this.#slots = new Slots(this.#maxEntries, this.#weigh !== undefined);
    this.#policy = makePolicy(policy, this.#slots);
    this.#clock = clock;
    this.#time = new CoarseClock(clock);
    this.#wheel = new TimerWheel(clock.now());
    this.#onEvict = options.onEvict;
    this.#sampler = sampler;
  }

  get size(): number {
    return this.#index.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): V | undefined {
    const found = this.#index.get(key);
    if (found === undefined) return undefined;
    const slot = slotOf(found);
    if (this.#hasExpired(slot)) return undefined;
    this.#policy.hit(slot);
    // The threshold may have fallen since the key was stored, but not risen.
    if (found < 0 && !this.#tellSampler(slot)) this.#index.set(key, slot);
    return this.#slots.values[slot];
  }

  peek(key: string): V | undefined {
    const found = this.#index.get(key);
    if (found === undefined) return undefined;
    const slot = slotOf(found);
    return this.#hasExpired(slot) ? undefined : this.#slots.values[slot];
  }

  has(key: string): boolean {
    const found = this.#index.get(key);
    return found !== undefined && !this.#hasExpired(slotOf(found));
  }

  set(key: string, value: V, ttlMs = Infinity): boolean {
    const weight = this.#weigh === undefined ? 0 : Math.ceil(this.#weigh(value, key));
    const known = this.#index.get(key);
    if (!(weight <= this.#maxBytes)) {
      if (known !== undefined) this.#drop(slotOf(known));
      return false;
    }
    if (known === undefined) this.#insert(key, value, weight, ttlMs);
    else this.#overwrite(slotOf(known), value, weight, ttlMs);
    return true;
  }

  delete(key: string): boolean {
    const found = this.#index.get(key);
    if (found === undefined || this.#hasExpired(slotOf(found))) return false;
    this.#drop(slotOf(found));
    return true;
  }

  clear(): void {
    this.#index.clear();
    this.#slots.clear();
    this.#policy.clear();
    this.#wheel.clear();
    this.#bytes = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  keys(): IterableIterator<string> {
    this.purgeExpired();
    return this.#index.keys();
  }

  purgeExpired(): void {
    if (this.#wheel.scheduled === 0) return;
    this.#wheel.advance(this.#clock.now());
    this.#dropDue(Infinity);
    // What lies in the current bucket is not due yet, but may have expired within it.
    for (const found of this.#index.values()) this.#hasExpired(slotOf(found));
  }

  #hasExpired(slot: number): boolean {
    if (this.#wheel.timeOf(slot) > this.#time.now()) return false;
    this.#expire(slot);
    return true;
  }

  #insert(key: string, value: V, weight: number, ttlMs: number): void {
    const turn = (this.#inserts += 1);
    if (this.#timerAt < Infinity && this.#time.now() >= this.#timerAt) this.#dropSomeDue();
    while (this.#index.size >= this.#maxEntries || this.#bytes + weight > this.#maxBytes) {
      this.#evict(this.#index.size < this.#maxEntries ? 'bytes' : 'entries');
    }
    const meanwhile = turn === this.#inserts ? undefined : this.#index.get(key);
    if (meanwhile !== undefined) {
      // Who was told of what left has stored this key; this store of it is the later one.
      this.#overwrite(meanwhile, value, weight, ttlMs);
      return;
    }
    let slot = this.#slots.take(key, value);
    if (slot < 0) {
      this.#grow();
      slot = this.#slots.take(key, value);
    }
    this.#index.set(key, slot);
    this.#bytes += this.#slots.weigh(slot, weight);
    this.#policy.insert(slot);
    if (this.#tellSampler(slot)) this.#index.set(key, ~slot);
    this.#schedule(slot, ttlMs);
  }

  #overwrite(slot: number, value: V, weight: number, ttlMs: number): void {
    this.#slots.values[slot] = value;
    const more = this.#slots.weigh(slot, weight);
    if (more !== 0) {
      this.#bytes += more;
      this.#policy.reweigh(slot, more);
    }
    this.#policy.hit(slot);
    this.#schedule(slot, ttlMs);
    while (this.#bytes > this.#maxBytes) this.#evict('bytes');
  }

  /** Tells the sampler, if there is one, of a read or of a miss that was filled; whether it samples the key. */
  #tellSampler(slot: number): boolean {
    const sampler = this.#sampler;
    if (sampler === undefined) return false;
    const hash = this.#slots.hashOf(slot);
    if (hash >= sampler.threshold) return false;
    sampler.access(hash, this.#slots.weightOf(slot));
    return true;
  }

  #grow(): void {
    const capacity = this.#slots.grow();
    this.#policy.grow(capacity);
    this.#wheel.grow(capacity);
  }

  #schedule(slot: number, ttlMs: number): void {
    if (ttlMs === Infinity) {
      this.#wheel.cancel(slot);
      return;
    }
    this.#wheel.schedule(slot, this.#time.now() + ttlMs);
    if (this.#wheel.soonest < this.#timerAt) this.#arm();
  }

  #evict(pressure: Pressure): void {
    const slot = this.#policy.evict(pressure);
    if (slot < 0) throw new Error('memory store: nothing to evict');
    const key = this.#vacate(slot);
    if (this.#onEvict === undefined) return;
    this.#onEvict(key, this.#wheel.timeOf(slot) <= this.#time.now() ? 'expired' : 'evicted');
  }

  #expire(slot: number): void {
    const key = this.#drop(slot);
    this.#onEvict?.(key, 'expired');
  }

  #drop(slot: number): string {
    this.#policy.remove(slot);
    return this.#vacate(slot);
  }

  /** Frees a slot that the policy has let go; in the wheel it stays, and is passed over when its time comes. */
  #vacate(slot: number): string {
    const key = this.#slots.keys[slot] as string;
    this.#index.delete(key);
    this.#bytes += this.#slots.weigh(slot, 0);
    this.#slots.release(slot);
    return key;
  }

  #dropSomeDue(): void {
    this.#wheel.advance(this.#time.now());
    this.#dropDue(EXPIRED_AT_ONCE);
  }

  #dropDue(most: number): void {
    for (let dropped = 0; dropped < most; dropped += 1) {
      const slot = this.#wheel.takeExpired();
      if (slot < 0) return;
      if (this.#slots.keys[slot] !== undefined) this.#expire(slot);
    }
  }

  /** One timer, for the next bucket that comes due; it does not keep the process alive. */
  #arm(): void {
    const now = this.#clock.now();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#wheel.advance(now);
    this.#timerAt = this.#wheel.nextLook();
    if (this.#timerAt === Infinity) return;
    const look = (): void => {
      this.#wheel.advance(this.#clock.now());
      this.#dropDue(EXPIRED_PER_TURN);
      this.#arm();
    };
    this.#timer = this.#clock.setTimer(look, Math.max(1, this.#timerAt - now), 'background');
  }
}

/** What the index has of a key, as a slot. */
const slotOf = (found: number): number => (found < 0 ? ~found : found);

const makePolicy = (name: EvictionPolicyName, slots: SlotFacts): EvictionPolicy => {
  switch (name) {
    case 's3-fifo':
      return new S3FifoPolicy(slots);
    case 'lru':
    case 'fifo':
      return new OrderedPolicy(name);
    default:
      return refuse('policy', 's3-fifo, lru or fifo');
  }
};
