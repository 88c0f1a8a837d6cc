/**
 * Circular doubly linked lists over small integers: O(1) at both ends and in the middle, nothing allocated.
 *
 * Node 0 is none; nodes 1 to `heads` are the lists themselves; slot 0 follows them. The links of a node lie side
 * by side, its next at `2 * node` and its previous after it, so that a step touches one line of memory. A
 * slot is in one list at a time, or in none.
 */
export class SlotRings {
  /** The node of slot 0. */
  readonly first: number;
  #links: Int32Array;

  constructor(heads: number) {
    this.first = heads + 1;
    this.#links = new Int32Array(2 * this.first);
    this.clear();
  }

  /** Room for slots below `capacity`. */
  grow(capacity: number): void {
    if (this.#links.length >= 2 * (this.first + capacity)) return;
    this.#links = enlarged(this.#links, 2 * (this.first + capacity));
  }

  /** The node after one; of a head: the oldest, or the head itself where the list is empty. */
  next(node: number): number {
    return this.#links[2 * node] as number;
  }

  /** Adds a node as the newest of a list. */
  push(node: number, head: number): void {
    const links = this.#links;
    const last = links[2 * head + 1] as number;
    links[2 * last] = node;
    links[2 * node] = head;
    links[2 * node + 1] = last;
    links[2 * head + 1] = node;
  }

  remove(node: number): void {
    const links = this.#links;
    const next = links[2 * node] as number;
    const previous = links[2 * node + 1] as number;
    links[2 * previous] = next;
    links[2 * next + 1] = previous;
  }

  /** Moves a whole list to the end of another. */
  append(from: number, to: number): void {
    const links = this.#links;
    const oldest = links[2 * from] as number;
    if (oldest === from) return;
    const newest = links[2 * from + 1] as number;
    const last = links[2 * to + 1] as number;
    links[2 * last] = oldest;
    links[2 * oldest + 1] = last;
    links[2 * newest] = to;
    links[2 * to + 1] = newest;
    links[2 * from] = from;
    links[2 * from + 1] = from;
  }

  /** Empties all lists. */
  clear(): void {
    for (let head = 1; head < this.first; head += 1) this.#links.fill(head, 2 * head, 2 * head + 2);
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
