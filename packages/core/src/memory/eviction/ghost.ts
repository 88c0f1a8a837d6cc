/**
 * Remembers the keys that left most recently, by the hash of the key alone.
 *
 * Idea: a table of at least twice as many places as keys to remember, four places for each hash. A place holds
 * 20 bits of the hash and, in 12 bits, when it was written, counted in steps of a few writes; it counts as
 * present while fewer than `limit` others were written since, judged a step or two too early rather than too
 * late. Nothing is ever deleted: what is too old is written over, long before its 12 bits come round again.
 * A false "present" needs equal bits: about one stranger in 500,000. O(1), one line of memory.
 */
const WAYS = 4;
const TIME_BITS = 12;
const TIME_MASK = (1 << TIME_BITS) - 1;
/** The 12 bits of time cover so many times what can be remembered. */
const TIME_COVERS = 16;

export class Ghost {
  #capacity = 0;
  #places = new Uint32Array(0);
  #writes = 0;
  /** log2 of the writes in a step of time. */
  #shift = 0;

  /** Nothing was added since it was made or cleared. */
  get isEmpty(): boolean {
    return this.#writes === 0;
  }

  /** Remembers at least `capacity` keys; what was remembered before is lost when that is more than before. */
  reserve(capacity: number): void {
    if (capacity <= this.#capacity) return;
    this.#capacity = 2 ** Math.max(4, Math.ceil(Math.log2(capacity)));
    this.#shift = Math.max(0, Math.log2(this.#capacity * TIME_COVERS) - TIME_BITS);
    this.clear();
  }

  /** `limit`: how many of the latest count, at most the capacity. */
  has(hash: number, limit: number): boolean {
    if (this.#writes === 0) return false;
    const base = this.#baseOf(hash);
    const mark = hash >>> TIME_BITS;
    const now = this.#writes >>> this.#shift;
    for (let place = base; place < base + WAYS; place += 1) {
      const held = this.#places[place] as number;
      if (held >>> TIME_BITS === mark && (((now - held) & TIME_MASK) + 1) << this.#shift <= limit)
        return true;
    }
    return false;
  }

  add(hash: number): void {
    if (this.#writes === 0) this.#places = new Uint32Array(this.#capacity * 2);
    this.#writes += 1;
    const base = this.#baseOf(hash);
    const now = this.#writes >>> this.#shift;
    let oldest = base;
    let greatestAge = -1;
    for (let place = base; place < base + WAYS; place += 1) {
      const held = this.#places[place] as number;
      const age = held === 0 ? TIME_COVERS << TIME_BITS : (now - held) & TIME_MASK;
      if (age <= greatestAge) continue;
      greatestAge = age;
      oldest = place;
    }
    this.#places[oldest] = (hash & ~TIME_MASK) | (now & TIME_MASK);
  }

  clear(): void {
    this.#places = new Uint32Array(0);
    this.#writes = 0;
  }

  #baseOf(hash: number): number {
    return hash & (this.#places.length - WAYS);
  }
}
