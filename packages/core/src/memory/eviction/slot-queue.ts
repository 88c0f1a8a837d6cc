/** Before and after of every slot, shared by all queues of a policy: a slot is in one queue at a time. */
export class SlotLinks {
  newer: Int32Array;
  older: Int32Array;
  weight: Uint32Array;

  constructor() {
    this.newer = new Int32Array(0);
    this.older = new Int32Array(0);
    this.weight = new Uint32Array(0);
  }

  grow(capacity: number): void {
    this.newer = enlarged(this.newer, capacity);
    this.older = enlarged(this.older, capacity);
    this.weight = enlarged(this.weight, capacity);
  }
}

/** A longer copy of an index array. */
export const enlarged = <A extends Int32Array | Uint32Array | Uint8Array | Float64Array>(
  from: A,
  capacity: number,
): A => {
  const to = new (from.constructor as new (length: number) => A)(capacity);
  to.set(from);
  return to;
};

/** A doubly linked queue over slots: O(1) at both ends and in the middle. -1 is no slot. */
export class SlotQueue {
  readonly #links: SlotLinks;
  oldest = -1;
  newest = -1;
  count = 0;
  weight = 0;

  constructor(links: SlotLinks) {
    this.#links = links;
  }

  push(slot: number): void {
    const { newer, older, weight } = this.#links;
    older[slot] = this.newest;
    newer[slot] = -1;
    if (this.newest >= 0) newer[this.newest] = slot;
    else this.oldest = slot;
    this.newest = slot;
    this.count += 1;
    this.weight += weight[slot] as number;
  }

  remove(slot: number): void {
    const { newer, older, weight } = this.#links;
    const next = newer[slot] as number;
    const previous = older[slot] as number;
    if (next >= 0) older[next] = previous;
    else this.newest = previous;
    if (previous >= 0) newer[previous] = next;
    else this.oldest = next;
    this.count -= 1;
    this.weight -= weight[slot] as number;
  }

  clear(): void {
    this.oldest = -1;
    this.newest = -1;
    this.count = 0;
    this.weight = 0;
  }
}
