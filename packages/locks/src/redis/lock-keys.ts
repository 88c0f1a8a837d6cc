import { CacheError } from '@keepsake/core';

const ESCAPES: Readonly<Record<string, string>> = { '%': '%25', '{': '%7B', '}': '%7D', '\n': '%0A' };

/**
 * Where locks lie: `<prefix>~l:{name}`, and what belongs to it at the same key with a letter behind it (scripts.ts), so in
 * the same slot of a cluster. Braces in a name are escaped, so that the whole name decides the slot, and line feeds,
 * which part keys in a place.
 */
export class LockKeys {
  readonly #prefix: string;

  /** @throws CacheError ERR_OPTION */
  constructor(prefix: string) {
    if (typeof prefix !== 'string' || !prefix.isWellFormed() || /\n/.test(prefix) || prefix.length > 128) {
      throw new CacheError(
        'ERR_OPTION',
        'prefix: expected a string of at most 128 characters without a line feed',
      );
    }
    this.#prefix = prefix;
  }

  /** The KEYS of scripts. */
  locks(names: readonly string[]): string[] {
    return names.map((name) => this.lock(name));
  }

  lock(name: string): string {
    return `${this.#prefix}~l:{${SPECIAL.test(name) ? name.replace(EACH_SPECIAL, (c) => ESCAPES[c] ?? c) : name}}`;
  }
}

const SPECIAL = /[%{}\n]/;
const EACH_SPECIAL = /[%{}\n]/g;
