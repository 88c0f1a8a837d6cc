import { refuse } from '../check.ts';
import { compileGlob, escapeGlob } from '../glob.ts';
import { KEY_TAG } from '../key-tag.ts';
import { buildKey, type Key, toKeyString, unescapeSegment } from '../key.ts';

const FULL_TAG = KEY_TAG + KEY_TAG;

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

  /**
   * The same for a look at what is there, unchecked where it is a text: what would be refused was never stored.
   */
  probe(key: Key): string {
    return typeof key === 'string' ? this.#prefix + key : this.full(key);
  }

  /** @throws CacheError ERR_KEY for what is no list of keys. */
  fullAll(keys: readonly Key[]): string[] {
    if (!Array.isArray(keys)) refuse('keys', 'an array', 'ERR_KEY');
    return Array.from(keys, (key) => this.full(key)); // (`map` passes over holes)
  }

  local(key: string): string {
    return this.#prefix === '' ? key : key.slice(this.#prefix.length);
  }

  /**
   * Tags are apart by namespace: a tag is one escaped segment, so that no other namespace has the same. What
   * `track()` gave stands for itself: `#<key>` is the tag of a full key, `##<tag>` a full tag.
   */
  fullTag(tag: string): string {
    if (tag.startsWith(FULL_TAG)) return tag.slice(FULL_TAG.length);
    if (tag.startsWith(KEY_TAG)) return tag;
    const full = this.#prefix + buildKey(tag);
    return full.startsWith(KEY_TAG) ? `%23${full.slice(1)}` : full; // a namespace that begins so
  }

  /** The tag as `fullTag` of this keyspace takes it. */
  localTag(full: string): string {
    if (full.startsWith(KEY_TAG)) return full;
    const isOwn = full.startsWith(this.#prefix) && !full.includes(':', this.#prefix.length);
    return isOwn ? unescapeSegment(this.local(full)) : FULL_TAG + full;
  }

  /** The glob over full keys for a glob over this keyspace's keys. */
  pattern(pattern: string | { prefix: Key } = '*'): string {
    if (pattern === null || (typeof pattern === 'object' && !('prefix' in pattern))) {
      return refuse('pattern', 'a string', 'ERR_PATTERN');
    }
    if (typeof pattern === 'object') return `${escapeGlob(this.full(pattern.prefix))}*`;
    compileGlob(pattern); // the limits hold for what the caller wrote
    return escapeGlob(this.#prefix) + pattern;
  }
}
