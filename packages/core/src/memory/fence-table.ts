import { Generations } from './generations.ts';

/** At most this many fences are open; the oldest end when more are opened. */
export const MAX_OPEN_FENCES = 100_000;

/**
 * Which keys have an open fence, by the number it was opened with. A fence holds while its number is the
 * one on record: whatever changes the key takes it off. Numbers never repeat, so an ended fence can never
 * look open again. O(1); bounded, and a fence that fell out of the bound is refused, which is safe.
 */
export class FenceTable {
  /** By key; below zero while its holder may have forgotten it. */
  readonly #open = new Generations<number>(MAX_OPEN_FENCES);

  /** Opens a fence; an earlier one of the key ends. `'fence'`: its holder may forget it. */
  open(key: string, number: number, purpose: 'fill' | 'fence'): void {
    this.#open.set(key, purpose === 'fill' ? number : -number);
  }

  /** The number of the key's open fence, if it has one. */
  openNumber(key: string): number | undefined {
    const number = this.#open.get(key);
    return number && Math.abs(number);
  }

  /** Whether somebody is about to fill the key. */
  isTaken(key: string): boolean {
    return (this.#open.get(key) ?? 0) > 0;
  }

  /** Ends the fence of a key, whatever its number. */
  end(key: string): void {
    this.#open.delete(key);
  }

  /** Ends the fence of a key if it is still the given one. */
  release(key: string, number: number): void {
    if (this.openNumber(key) === number) this.#open.delete(key);
  }

  endMatching(matches: (key: string) => boolean): void {
    for (const key of this.#open.keys()) if (matches(key)) this.#open.delete(key);
  }

  get size(): number {
    return this.#open.size;
  }
}
