/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023).
 *
 * Idea: most keys are asked for once. New entries enter a small queue (a tenth of the room); what is not
 * asked for again there leaves early and is remembered by its hash in a ghost. What was asked for again, or
 * comes back while the ghost remembers it, goes to the main queue, a FIFO with a second chance: an entry
 * that was hit goes round once more for each hit, up to three. A hit writes one byte and moves nothing.
 * The paper promotes at the second re-use; here it is the first, which keeps more of what an application asks
 * for again. The ghost holds as many as the main queue. Keys are hashed when they leave and, once any have
 * left, when they come: filling an empty cache hashes nothing.
 * Amortised O(1): each turn in `evict` takes an entry out, moves it on, or uses up a hit.
 */
import { enlarged, SlotRings } from '../slot-rings.ts';
import { Ghost } from './ghost.ts';
import type { EvictionPolicy, Pressure, SlotFacts } from './policy.ts';

const SMALL = 1;
const MAIN = 2;
const SMALL_SHARE = 0.1;
const MOST_HITS = 3;
/** Set in a slot's state while it is in the main queue; the lower bits count hits. */
const IN_MAIN = 4;

export class S3FifoPolicy implements EvictionPolicy {
  readonly #slots: SlotFacts;
  readonly #rings = new SlotRings(MAIN);
  readonly #ghost = new Ghost();
  #state = new Uint8Array(0);
  #smallCount = 0;
  #mainCount = 0;
  #smallWeight = 0;
  #mainWeight = 0;

  constructor(slots: SlotFacts) {
    this.#slots = slots;
  }

  insert(slot: number): void {
    if (!this.#ghost.isEmpty && this.#ghost.has(this.#slots.hashOf(slot), this.#mainCount)) {
      this.#pushMain(slot, IN_MAIN);
      return;
    }
    this.#state[slot] = 0;
    this.#smallCount += 1;
    this.#smallWeight += this.#slots.weightOf(slot);
    this.#rings.push(this.#rings.first + slot, SMALL);
  }

  hit(slot: number): void {
    const state = this.#state[slot] as number;
    if ((state & MOST_HITS) < MOST_HITS) this.#state[slot] = state + 1;
  }

  reweigh(slot: number, byBytes: number): void {
    if ((this.#state[slot] as number) < IN_MAIN) this.#smallWeight += byBytes;
    else this.#mainWeight += byBytes;
  }

  remove(slot: number): void {
    this.#rings.remove(this.#rings.first + slot);
    const weight = this.#slots.weightOf(slot);
    if ((this.#state[slot] as number) < IN_MAIN) {
      this.#smallCount -= 1;
      this.#smallWeight -= weight;
    } else {
      this.#mainCount -= 1;
      this.#mainWeight -= weight;
    }
  }

  evict(pressure: Pressure): number {
    while (this.#smallCount + this.#mainCount > 0) {
      const isFromSmall = this.#smallIsFull(pressure);
      const slot = this.#rings.next(isFromSmall ? SMALL : MAIN) - this.#rings.first;
      const state = this.#state[slot] as number;
      this.remove(slot);
      if ((state & MOST_HITS) === 0) {
        if (isFromSmall) this.#ghost.add(this.#slots.hashOf(slot));
        return slot;
      }
      this.#pushMain(slot, isFromSmall ? IN_MAIN : state - 1);
    }
    return -1;
  }

  grow(capacity: number): void {
    this.#rings.grow(capacity);
    this.#state = enlarged(this.#state, capacity);
    this.#ghost.reserve(capacity);
  }

  clear(): void {
    this.#rings.clear();
    this.#ghost.clear();
    this.#smallCount = 0;
    this.#mainCount = 0;
    this.#smallWeight = 0;
    this.#mainWeight = 0;
  }

  #smallIsFull(pressure: Pressure): boolean {
    if (this.#mainCount === 0) return true;
    if (this.#smallCount === 0) return false;
    return pressure === 'bytes'
      ? this.#smallWeight > (this.#smallWeight + this.#mainWeight) * SMALL_SHARE
      : this.#smallCount > (this.#smallCount + this.#mainCount) * SMALL_SHARE;
  }

  #pushMain(slot: number, state: number): void {
    this.#state[slot] = state;
    this.#mainCount += 1;
    this.#mainWeight += this.#slots.weightOf(slot);
    this.#rings.push(this.#rings.first + slot, MAIN);
  }
}
