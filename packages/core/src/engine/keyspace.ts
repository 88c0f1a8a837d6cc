import { CacheError } from '../errors.ts';
import { compileGlob, escapeGlob } from '../glob.ts';
import { buildKey, type Key, toKeyString, unescapeSegment } from '../key.ts';

/** The part of the key space that a cache owns: everything below its namespace. */
export class Keyspace {
  readonly namespace: string;
  readonly #prefix: string;

  constructor(namespace: string) {
    this.namespace = namespace;
    this.#prefix = namespace === '' ? '' : `${namespace}:`;
  }

  /** A keyspace below this one; the name is one segment, escaped, so that it can reach no other. */
  below(name: string): Keyspace {
    return new Keyspace(this.#prefix + buildKey(name));
  }

  full(key: Key): string {
    return this.#prefix + toKeyString(key);
  }

  /** @throws CacheError ERR_KEY for what is no list of keys. */
  fullAll(keys: readonly Key[]): string[] {
    if (!Array.isArray(keys)) throw new CacheError('ERR_KEY', 'keys: expected an array of keys');
    return (keys as readonly Key[]).map((key) => this.full(key));
  }

  local(key: string): string {
    return this.#prefix === '' ? key : key.slice(this.#prefix.length);
  }

  /** Tags are apart by namespace: a tag is one escaped segment, so that no other namespace has the same. */
  fullTag(tag: string): string {
    return this.#prefix + buildKey(tag);
  }

  localTag(tag: string): string {
    return unescapeSegment(this.local(tag));
  }

  /** The glob over full keys for a glob over this keyspace's keys. */
  pattern(pattern: string | { prefix: Key } = '*'): string {
    if (pattern === null || (typeof pattern === 'object' && !('prefix' in pattern))) {
      throw new CacheError('ERR_PATTERN', 'pattern: expected a text or { prefix }');
    }
    if (typeof pattern === 'object') return `${escapeGlob(this.full(pattern.prefix))}*`;
    compileGlob(pattern); // the limits hold for what the caller wrote
    return escapeGlob(this.#prefix) + pattern;
  }
}
