import type { CacheBackend } from '../backend.ts';
import type { Removal } from '../removal.ts';
import type { Reporter } from './reporter.ts';

/** Removals that are kept while L2 cannot be reached; beyond it they become one clear of everything. */
export const MAX_JOURNAL = 10_000;

/** Keys that are removed in one call, and calls that are under way at once. */
const MAX_AT_ONCE = 500;

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
 * Removals that were not acknowledged: by L2, or by the bus. They are replayed later; each may be carried out
 * twice and in any order, which removals bear. Lost with the process: then a TTL bounds what stays.
 */
export class Journal {
  readonly #fallbackPattern: string;
  readonly #reporter: Reporter;
  #waiting: Removal[] = [];
  #size = 0;
  #replay: Promise<boolean> | undefined;

  /** `fallbackPattern`: what is cleared when more removals wait than can be kept. */
  constructor(fallbackPattern: string, reporter: Reporter) {
    this.#fallbackPattern = fallbackPattern;
    this.#reporter = reporter;
  }

  get size(): number {
    return this.#size;
  }

  add(removal: Removal): void {
    this.#size += sizeOf(removal);
    const last = this.#waiting.at(-1);
    const joint = last && joined(last, removal);
    if (joint) this.#waiting.pop();
    this.#waiting.push(joint ?? removal);
    if (this.#size > MAX_JOURNAL) {
      this.#waiting = [{ kind: 'clear', pattern: this.#fallbackPattern }];
      this.#size = 1;
    }
    this.#reporter.tell('invalidation.deferred', {}, { waiting: this.#size });
  }

  /** Carries out what waits; true: nothing does any more. `carry` says whether it was acknowledged, and must settle. */
  replay(carry: (removal: Removal) => Promise<boolean>): Promise<boolean> {
    this.#replay ??= this.#run(carry).finally(() => {
      this.#replay = undefined;
    });
    return this.#replay;
  }

  async #run(carry: (removal: Removal) => Promise<boolean>): Promise<boolean> {
    let count = 0;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_AT_ONCE);
      const outcomes = await Promise.all(batch.map(carry));
      // What overflowed, or was joined by more, meanwhile is not on the list any more.
      const done = new Set(batch.filter((removal, i) => outcomes[i] && this.#waiting.includes(removal)));
      this.#waiting = this.#waiting.filter((removal) => !done.has(removal));
      const carried = [...done].reduce((sum, removal) => sum + sizeOf(removal), 0);
      this.#size -= carried;
      count += carried;
      if (outcomes.includes(false)) return false;
    }
    this.#reporter.tell('invalidation.replayed', {}, { count });
    return true;
  }
}

/** Two removals of keys as one. */
const joined = (last: Removal, next: Removal): Removal | undefined => {
  const isFit = last.kind === 'keys' && next.kind === 'keys' && last.mode === next.mode;
  return isFit && last.keys.length + next.keys.length <= MAX_AT_ONCE
    ? { ...last, keys: [...last.keys, ...next.keys] }
    : undefined;
};

const sizeOf = (removal: Removal): number =>
  removal.kind === 'keys' ? removal.keys.length : removal.kind === 'tags' ? removal.tags.length : 1;
