import type { SlotFacts } from './eviction/policy.ts';
import { hashKey } from './hash-key.ts';
import { enlarged } from './slot-rings.ts';

const FIRST_CAPACITY = 256;
const HEAVIEST = 0xffff_ffff;

/** Keys, values and weights by slot: parallel arrays that grow to `most` slots. A free slot has no key. */
export class Slots<V> implements SlotFacts {
  readonly keys: (string | undefined)[] = [];
  readonly values: (V | undefined)[] = [];
  capacity = 0;
  readonly #most: number;
  readonly #isWeighed: boolean;
  readonly #free: number[] = [];
  #weights = new Uint32Array(0);
  /** The slot that was hashed last, and its hash: policy and sampler ask for the same. */
  #hashed = -1;
  #hash = 0;

  constructor(most: number, isWeighed: boolean) {
    this.#most = most;
    this.#isWeighed = isWeighed;
  }

  hashOf(slot: number): number {
    if (slot !== this.#hashed) {
      this.#hashed = slot;
      this.#hash = hashKey(this.keys[slot] as string);
    }
    return this.#hash;
  }

  weightOf(slot: number): number {
    return this.#isWeighed ? (this.#weights[slot] as number) : 0;
  }

  /** Gives back by how much the slot is heavier now. */
  weigh(slot: number, weight: number): number {
    if (!this.#isWeighed) return 0;
    const stored = Math.min(weight, HEAVIEST);
    const more = stored - (this.#weights[slot] as number);
    this.#weights[slot] = stored;
    return more;
  }

  /** A slot for an entry; -1 where the arrays have to grow first. */
  take(key: string, value: V): number {
    const slot = this.#free.length > 0 ? (this.#free.pop() as number) : this.keys.length;
    if (slot === this.capacity) return -1;
    this.#hashed = -1;
    this.keys[slot] = key;
    this.values[slot] = value;
    return slot;
  }

  release(slot: number): void {
    this.keys[slot] = undefined;
    this.values[slot] = undefined;
    this.#free.push(slot);
  }

  grow(): number {
    this.capacity = Math.min(Math.max(FIRST_CAPACITY, this.capacity * 2), this.#most);
    if (this.#isWeighed) this.#weights = enlarged(this.#weights, this.capacity);
    return this.capacity;
  }

  clear(): void {
    this.keys.length = 0;
    this.values.length = 0;
    this.#free.length = 0;
    this.#weights.fill(0);
  }
}
