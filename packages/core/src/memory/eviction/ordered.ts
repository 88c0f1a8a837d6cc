import { SlotRings } from '../slot-rings.ts';
import type { EvictionPolicy } from './policy.ts';

const QUEUE = 1;

/** LRU: a hit makes an entry the newest. FIFO: a hit changes nothing. The oldest leaves. */
export class OrderedPolicy implements EvictionPolicy {
  readonly #rings = new SlotRings(QUEUE);
  readonly #movesOnHit: boolean;

  constructor(kind: 'lru' | 'fifo') {
    this.#movesOnHit = kind === 'lru';
  }

  insert(slot: number): void {
    this.#rings.push(this.#rings.first + slot, QUEUE);
  }

  hit(slot: number): void {
    if (!this.#movesOnHit) return;
    this.remove(slot);
    this.insert(slot);
  }

  reweigh(): void {}

  remove(slot: number): void {
    this.#rings.remove(this.#rings.first + slot);
  }

  evict(): number {
    const node = this.#rings.next(QUEUE);
    if (node === QUEUE) return -1;
    this.#rings.remove(node);
    return node - this.#rings.first;
  }

  grow(capacity: number): void {
    this.#rings.grow(capacity);
  }

  clear(): void {
    this.#rings.clear();
  }
}
