/**
 * The most hits that any policy could have, knowing the future (Belady, 1966): what is used again last leaves,
 * and what is not used again before it expires is not kept at all. With sizes it is the same rule, which then is
 * no longer the optimum, but close to it.
 */
import type { Room } from './hitratio-subjects.ts';
import type { Trace } from './traces.ts';

const NEVER = -1;

export const optimalHits = ({ keys, distinct, atMs, ttlMs, bytes }: Trace, room: Room): number => {
  const nextUse = nextUses(keys, distinct);
  /** By key: when it will be used next; NEVER where it is not kept. */
  const keptFor = new Int32Array(distinct).fill(NEVER);
  const until = new Float64Array(distinct).fill(Infinity);
  const farthest = new MaxHeap(keys.length);
  const limit = room.bytes ?? room.entries;
  let used = 0;
  let hits = 0;
  keys.forEach((key, i) => {
    const weight = bytes?.[key] ?? 1;
    if (keptFor[key] === i) {
      hits += 1;
      used -= weight;
    } else if (atMs && ttlMs) {
      until[key] = (atMs[i] as number) + (ttlMs[key] as number);
    }
    const next = nextUse[i] as number;
    keptFor[key] = NEVER;
    if (next === NEVER || (atMs && (atMs[next] as number) >= (until[key] as number))) return;
    keptFor[key] = next;
    used += weight;
    farthest.push(next);
    while (used > limit) {
      const last = farthest.pop();
      const victim = keys[last] as number;
      // A use that has passed, or that was given up: the key has another place in the heap, or none.
      if (keptFor[victim] !== last) continue;
      keptFor[victim] = NEVER;
      used -= bytes?.[victim] ?? 1;
    }
  });
  return hits;
};

const nextUses = (keys: Uint32Array, distinct: number): Int32Array => {
  const next = new Int32Array(keys.length).fill(NEVER);
  const seen = new Int32Array(distinct).fill(NEVER);
  for (let i = keys.length - 1; i >= 0; i -= 1) {
    const key = keys[i] as number;
    next[i] = seen[key] as number;
    seen[key] = i;
  }
  return next;
};

/** A binary heap of integers with the greatest on top. */
class MaxHeap {
  readonly #items: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#items = new Int32Array(capacity);
  }

  push(item: number): void {
    let at = this.#size;
    this.#size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#items[parent] as number) >= item) break;
      this.#items[at] = this.#items[parent] as number;
      at = parent;
    }
    this.#items[at] = item;
  }

  pop(): number {
    const top = this.#items[0] as number;
    this.#size -= 1;
    const item = this.#items[this.#size] as number;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && (this.#items[child + 1] as number) > (this.#items[child] as number)) {
        child += 1;
      }
      if ((this.#items[child] as number) <= item) break;
      this.#items[at] = this.#items[child] as number;
      at = child;
    }
    this.#items[at] = item;
    return top;
  }
}
