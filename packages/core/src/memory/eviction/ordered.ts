import type { EvictionPolicy } from './policy.ts';
import { SlotLinks, SlotQueue } from './slot-queue.ts';

/** LRU: a hit makes an entry the newest. FIFO: a hit changes nothing. The oldest leaves. */
export class OrderedPolicy implements EvictionPolicy {
  readonly #links = new SlotLinks();
  readonly #queue = new SlotQueue(this.#links);
  readonly #movesOnHit: boolean;

  constructor(kind: 'lru' | 'fifo') {
    this.#movesOnHit = kind === 'lru';
  }

  insert(slot: number, _hash: number, weight: number): void {
    this.#links.weight[slot] = weight;
    this.#queue.push(slot);
  }

  hit(slot: number): void {
    if (!this.#movesOnHit || slot === this.#queue.newest) return;
    this.#queue.remove(slot);
    this.#queue.push(slot);
  }

  reweigh(slot: number, weight: number): void {
    this.#queue.weight += weight - (this.#links.weight[slot] as number);
    this.#links.weight[slot] = weight;
  }

  remove(slot: number): void {
    this.#queue.remove(slot);
  }

  evict(): number {
    const slot = this.#queue.oldest;
    if (slot >= 0) this.#queue.remove(slot);
    return slot;
  }

  grow(capacity: number): void {
    this.#links.grow(capacity);
  }

  clear(): void {
    this.#queue.clear();
  }
}
