/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023).
 *
 * Idea: most keys are asked for once. New entries enter a small queue (a tenth of the room); what is not
 * asked for again there leaves early and is remembered by its hash in a ghost. What was asked for again, or
 * comes back while the ghost remembers it, goes to the main queue, a FIFO with a second chance: an entry
 * that was hit goes round once more for each hit, up to three. A hit writes one byte and moves nothing.
 * The paper promotes at the second re-use; here it is the first, which keeps more of what an application asks
 * for again. The ghost holds as many as the main queue.
 * Amortised O(1): each turn in `evict` takes an entry out, moves it on, or uses up a hit.
 */
import { Ghost } from './ghost.ts';
import type { EvictionPolicy, Pressure } from './policy.ts';
import { enlarged, SlotLinks, SlotQueue } from './slot-queue.ts';

const SMALL_SHARE = 0.1;
const MOST_HITS = 3;
/** Set in a slot's state while it is in the main queue; the lower bits count hits. */
const IN_MAIN = 4;

export class S3FifoPolicy implements EvictionPolicy {
  readonly #links = new SlotLinks();
  readonly #small = new SlotQueue(this.#links);
  readonly #main = new SlotQueue(this.#links);
  readonly #ghost = new Ghost();
  #state = new Uint8Array(0);
  #hash = new Uint32Array(0);

  insert(slot: number, hash: number, weight: number): void {
    this.#links.weight[slot] = weight;
    this.#hash[slot] = hash;
    if (this.#ghost.has(hash, this.#main.count)) {
      this.#state[slot] = IN_MAIN;
      this.#main.push(slot);
    } else {
      this.#state[slot] = 0;
      this.#small.push(slot);
    }
  }

  hit(slot: number): void {
    const state = this.#state[slot] as number;
    if ((state & MOST_HITS) < MOST_HITS) this.#state[slot] = state + 1;
  }

  reweigh(slot: number, weight: number): void {
    this.#queueOf(slot).weight += weight - (this.#links.weight[slot] as number);
    this.#links.weight[slot] = weight;
  }

  remove(slot: number): void {
    this.#queueOf(slot).remove(slot);
  }

  evict(pressure: Pressure): number {
    this.#ghost.reserve(this.#main.count);
    for (;;) {
      const slot = this.#smallIsFull(pressure) ? this.#evictSmall() : this.#evictMain();
      if (slot !== undefined) return slot;
    }
  }

  grow(capacity: number): void {
    this.#links.grow(capacity);
    this.#state = enlarged(this.#state, capacity);
    this.#hash = enlarged(this.#hash, capacity);
  }

  clear(): void {
    this.#small.clear();
    this.#main.clear();
    this.#ghost.clear();
  }

  #smallIsFull(pressure: Pressure): boolean {
    if (this.#main.count === 0) return true;
    if (this.#small.count === 0) return false;
    const [small, main] =
      pressure === 'bytes' ? [this.#small.weight, this.#main.weight] : [this.#small.count, this.#main.count];
    return small > (small + main) * SMALL_SHARE;
  }

  /** The victim, -1 where the queue is empty, undefined where an entry moved on instead. */
  #evictSmall(): number | undefined {
    const slot = this.#small.oldest;
    if (slot < 0) return -1;
    this.#small.remove(slot);
    if (((this.#state[slot] as number) & MOST_HITS) > 0) {
      this.#state[slot] = IN_MAIN;
      this.#main.push(slot);
      return undefined;
    }
    this.#ghost.add(this.#hash[slot] as number);
    return slot;
  }

  #evictMain(): number | undefined {
    const slot = this.#main.oldest;
    if (slot < 0) return -1;
    this.#main.remove(slot);
    const state = this.#state[slot] as number;
    if ((state & MOST_HITS) === 0) return slot;
    this.#state[slot] = state - 1;
    this.#main.push(slot);
    return undefined;
  }

  #queueOf(slot: number): SlotQueue {
    return ((this.#state[slot] as number) & IN_MAIN) === IN_MAIN ? this.#main : this.#small;
  }
}
