import type { CacheBackend } from '../backend.ts';
import type { BusMessage } from '../bus.ts';

/** Removals that are kept while L2 cannot be reached; beyond it they become one clear of everything. */
export const MAX_JOURNAL = 10_000;

/** Keys or tags that are replayed in one call. */
const MAX_BATCH = 500;

/** A removal that L2 has to carry out; what the others are told of it. */
export type Removal = BusMessage;

export const carryOut = async (backend: CacheBackend, removal: Removal): Promise<number | undefined> => {
  switch (removal.kind) {
    case 'keys':
      return await backend.removeMany(removal.keys, removal.mode);
    case 'tags':
      await backend.invalidateTags(removal.tags, removal.mode);
      return undefined;
    case 'clear':
      return await backend.clear(removal.pattern);
  }
};

/**
 * Removals that L2 did not acknowledge, in order. While one waits, this process does not read L2: it would
 * meet what was to be removed. They are replayed before the next read; each may be carried out twice, which
 * a removal bears. Lost with the process: then a TTL bounds what stays.
 */
export class Journal {
  readonly #fallbackPattern: string;
  readonly #onReplayed: (count: number) => void;
  #waiting: Removal[] = [];
  #size = 0;
  #replay: Promise<number | undefined> | undefined;

  /** `fallbackPattern`: what is cleared when more removals wait than can be kept. */
  constructor(fallbackPattern: string, onReplayed: (count: number) => void) {
    this.#onReplayed = onReplayed;
    this.#fallbackPattern = fallbackPattern;
  }

  get size(): number {
    return this.#size;
  }

  add(removal: Removal): void {
    this.#size += sizeOf(removal);
    this.#waiting.push(removal);
    if (this.#size > MAX_JOURNAL) {
      this.#waiting = [{ kind: 'clear', pattern: this.#fallbackPattern }];
      this.#size = 1;
    }
  }

  /**
   * Carries out what waits, in order: how many removals that were, or undefined where one failed
   * again. `carry` says whether the store acknowledged, and must settle.
   */
  replay(carry: (removal: Removal) => Promise<boolean>): Promise<number | undefined> {
    this.#replay ??= this.#run(carry).finally(() => {
      this.#replay = undefined;
    });
    return this.#replay;
  }

  async #run(carry: (removal: Removal) => Promise<boolean>): Promise<number | undefined> {
    let count = 0;
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      const [first] = batch;
      if (!first || !(await carry(merged(batch)))) return undefined;
      // What overflowed meanwhile replaced the list: then `first` is no longer its head.
      if (this.#waiting[0] === first) {
        this.#waiting.splice(0, batch.length);
        for (const removal of batch) this.#size -= sizeOf(removal);
      }
      count += batch.length;
    }
    this.#onReplayed(count);
    return count;
  }

  /** The head of the list, with what follows it and can go along. */
  #nextBatch(): Removal[] {
    const [first] = this.#waiting;
    if (!first || first.kind === 'clear') return this.#waiting.slice(0, 1);
    let size = 0;
    const batch: Removal[] = [];
    for (const removal of this.#waiting) {
      size += sizeOf(removal);
      if (removal.kind !== first.kind || removal.mode !== first.mode) break;
      if (batch.length > 0 && size > MAX_BATCH) break;
      batch.push(removal);
    }
    return batch;
  }
}

/** Several removals of one kind and mode as one. */
const merged = (batch: readonly Removal[]): Removal => {
  const [first] = batch;
  if (!first) throw new Error('journal: a batch of nothing');
  switch (first.kind) {
    case 'keys':
      return { ...first, keys: batch.flatMap((one) => (one.kind === 'keys' ? one.keys : [])) };
    case 'tags':
      return { ...first, tags: batch.flatMap((one) => (one.kind === 'tags' ? one.tags : [])) };
    case 'clear':
      return first;
  }
};

const sizeOf = (removal: Removal): number =>
  removal.kind === 'keys' ? removal.keys.length : removal.kind === 'tags' ? removal.tags.length : 1;
