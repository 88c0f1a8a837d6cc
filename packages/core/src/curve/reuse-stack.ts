/**
 * How many other keys were used since a key was used last (its stack distance), for a bounded number of keys.
 *
 * Idea (Bennett and Kruskal, 1975; Olken, 1981): each use takes the next place on a line and gives up the
 * key's former one; the distance is the number of places taken after the former. When the line is used up,
 * the keys move together at its start, which is O(capacity) once in as many uses.
 * Keys are hashes of 32 bits in a table with linear probing that is laid anew when keys leave. All that is
 * known of a key lies in its cell, 16 bytes, for a use comes rarely and finds nothing in the processor's cache.
 * About 73 bytes a key of capacity.
 */
import { TakenPlaces } from './taken-places.ts';

const PLACES_A_KEY = 2;
const CELLS_A_KEY = 4;
/** Fields of a cell: hash, place or EMPTY, bytes as last told. */
const PLACE = 1;
const BYTES = 2;
const CELL_BITS = 2;
const EMPTY = -1;
const MOST_BYTES = 2 ** 31 - 1;

export class ReuseStack {
  readonly #places: number;
  readonly #taken: TakenPlaces;
  /** By place: the cell of the key that took it. */
  readonly #cells: Int32Array;
  #table: Int32Array;
  readonly #mask: number;
  #next = 0;
  #count = 0;
  #totalBytes = 0;

  /** `capacity`: how many keys may be in it at once. */
  constructor(capacity: number) {
    const room = 2 ** Math.ceil(Math.log2(capacity));
    this.#places = room * PLACES_A_KEY;
    this.#taken = new TakenPlaces(this.#places);
    this.#cells = new Int32Array(this.#places);
    this.#table = new Int32Array((room * CELLS_A_KEY) << CELL_BITS).fill(EMPTY);
    this.#mask = room * CELLS_A_KEY - 1;
  }

  get count(): number {
    return this.#count;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Makes the key the latest. Gives how many others were used since its last use; -1 for a new key. */
  use(hash: number, bytes: number): number {
    if (this.#next === this.#places) this.#moveTogether();
    const cell = this.#cellOf(hash);
    const former = this.#table[cell + PLACE] as number;
    if (former === EMPTY) {
      this.#add(cell, hash, 0);
      this.#weigh(cell, bytes);
      return -1;
    }
    this.#weigh(cell, bytes);
    if (former === this.#next - 1) return 0;
    const distance = this.#taken.after(former, this.#next);
    this.#taken.leave(former);
    this.#put(cell);
    return distance;
  }

  /** Drops keys of the highest hashes until `keep` are left; gives the lowest hash dropped. */
  dropHighest(keep: number): number {
    this.#moveTogether();
    const old = this.#table;
    const present = this.#cells.slice(0, this.#next);
    const hashes = Uint32Array.from(present, (cell) => old[cell] as number).sort();
    const limit = hashes[keep] ?? Infinity;
    this.clear();
    for (const cell of present) {
      const hash = (old[cell] as number) >>> 0;
      if (hash < limit) this.#add(this.#cellOf(hash), hash, old[cell + BYTES] as number);
    }
    return limit;
  }

  clear(): void {
    this.#table = new Int32Array(this.#table.length).fill(EMPTY);
    this.#taken.clear();
    this.#next = 0;
    this.#count = 0;
    this.#totalBytes = 0;
  }

  /** The index of a key's cell, or of the free one where it belongs. */
  #cellOf(hash: number): number {
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const cell = at << CELL_BITS;
      if (this.#table[cell + PLACE] === EMPTY || this.#table[cell] === (hash | 0)) return cell;
    }
  }

  #add(cell: number, hash: number, bytes: number): void {
    this.#table[cell] = hash;
    this.#table[cell + BYTES] = bytes;
    this.#totalBytes += bytes;
    this.#count += 1;
    this.#put(cell);
  }

  #put(cell: number): void {
    this.#table[cell + PLACE] = this.#next;
    this.#cells[this.#next] = cell;
    this.#taken.take(this.#next);
    this.#next += 1;
  }

  /** 0 bytes: not told, what is known stays. */
  #weigh(cell: number, bytes: number): void {
    if (bytes === 0) return;
    const weight = Math.min(bytes, MOST_BYTES);
    this.#totalBytes += weight - (this.#table[cell + BYTES] as number);
    this.#table[cell + BYTES] = weight;
  }

  /** A loop, not `filter`: that took longer than all the rest. */
  #moveTogether(): void {
    const end = this.#next;
    this.#next = 0;
    for (let place = 0; place < end; place += 1) {
      if (!this.#taken.has(place)) continue;
      this.#taken.leave(place);
      this.#put(this.#cells[place] as number);
    }
  }
}
