/**
 * Remembers the keys that left most recently, by the hash of the key alone.
 *
 * Idea: a table of twice as many places as keys to remember, four places for each hash; a place holds a
 * hash and when it was written. A hash counts as present while fewer than `capacity` others were written
 * since. Nothing is ever deleted: what is too old is written over. A false "present" has the odds of two
 * hashes of 32 bits being equal. O(1).
 */
export class Ghost {
  #capacity = 0;
  #mask = 0;
  #hashes = new Uint32Array(0);
  /** When a place was written, counted in writes; 0 = never. */
  #writtenAt = new Uint32Array(0);
  #writes = 0;

  /** Remembers at least `capacity` keys from now on; what was remembered before is lost when it grows. */
  reserve(capacity: number): void {
    if (capacity <= this.#capacity) return;
    this.#capacity = Math.max(64, capacity * 2);
    const places = 2 ** Math.ceil(Math.log2(this.#capacity * 2));
    this.#mask = places - 1;
    this.#hashes = new Uint32Array(places);
    this.#writtenAt = new Uint32Array(places);
    this.#writes = 0;
  }

  /** `limit`: how many of the latest count. */
  has(hash: number, limit: number): boolean {
    if (this.#capacity === 0) return false;
    const base = hash & this.#mask & ~3;
    for (let place = base; place < base + 4; place += 1) {
      const writtenAt = this.#writtenAt[place] as number;
      if (this.#hashes[place] === hash && writtenAt > 0 && this.#writes - writtenAt < limit) return true;
    }
    return false;
  }

  add(hash: number): void {
    if (this.#capacity === 0) return;
    this.#writes += 1;
    // After 2^32 writes the count starts anew; what is remembered then is forgotten.
    if (this.#writes > 0xffff_fffe) {
      this.#writtenAt.fill(0);
      this.#writes = 1;
    }
    const base = hash & this.#mask & ~3;
    let oldest = base;
    for (let place = base; place < base + 4; place += 1) {
      if ((this.#writtenAt[place] as number) < (this.#writtenAt[oldest] as number)) oldest = place;
    }
    this.#hashes[oldest] = hash;
    this.#writtenAt[oldest] = this.#writes;
  }

  clear(): void {
    this.#writtenAt.fill(0);
    this.#writes = 0;
  }
}
