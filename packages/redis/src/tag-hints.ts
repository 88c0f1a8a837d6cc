/** Keys whose tags are remembered. */
export const MAX_HINTS = 10_000;
/** An entry with more tags is not remembered: its records are asked for when it has come. */
export const MAX_HINTED_TAGS = 16;

/**
 * Which tags the entry at a key carried when it was read last: their records can be asked for together with its
 * value. Nothing depends on a hint being right: an entry that turns out to carry other tags is judged by records
 * that are read after it. Two generations: when the young one is half of the bound, the old one is dropped whole.
 */
export class TagHints {
  #young = new Map<string, readonly string[]>();
  #old = new Map<string, readonly string[]>();

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  of(key: string): readonly string[] | undefined {
    if (this.size === 0) return undefined;
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** The entry at `key` was read, and carries `tags`; none: nothing to ask for. */
  learn(key: string, tags: readonly string[]): void {
    if (tags.length === 0 || tags.length > MAX_HINTED_TAGS) {
      if (this.size > 0 && !this.#young.delete(key)) this.#old.delete(key);
      return;
    }
    if (sameTags(this.#young.get(key), tags)) return;
    this.#old.delete(key);
    this.#young.set(key, tags);
    if (this.#young.size < MAX_HINTS / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}

const sameTags = (known: readonly string[] | undefined, tags: readonly string[]): boolean =>
  known !== undefined && known.length === tags.length && known.every((tag, i) => tag === tags[i]);
