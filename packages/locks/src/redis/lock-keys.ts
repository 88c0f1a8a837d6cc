import { CacheError } from '@keepsake/core';

const ESCAPES: Readonly<Record<string, string>> = { '%': '%25', '{': '%7B', '}': '%7D' };

/**
 * Where locks lie: `<prefix>~l:{name}`, its last fence at `<prefix>~lf:{name}`, in the same slot of a
 * cluster. Braces in a name are escaped, so that the whole name decides the slot.
 */
export class LockKeys {
  readonly #prefix: string;
  /** Length of the prefix, as scripts count. */
  readonly prefixBytes: number;

  /** @throws CacheError ERR_OPTION */
  constructor(prefix: string) {
    if (typeof prefix !== 'string' || !prefix.isWellFormed() || prefix.length > 128) {
      throw new CacheError('ERR_OPTION', 'prefix: expected a string of at most 128 characters');
    }
    this.#prefix = prefix;
    this.prefixBytes = Buffer.byteLength(prefix);
  }

  /** All locks, then all fences: the KEYS of scripts. */
  locksAndFences(names: readonly string[]): string[] {
    return [...names.map((name) => this.lock(name)), ...names.map((name) => this.fence(name))];
  }

  lock(name: string): string {
    return `${this.#prefix}~l:{${escapeName(name)}}`;
  }

  fence(name: string): string {
    return `${this.#prefix}~lf:{${escapeName(name)}}`;
  }
}

const escapeName = (name: string): string => name.replace(/[%{}]/g, (c) => ESCAPES[c] ?? c);
