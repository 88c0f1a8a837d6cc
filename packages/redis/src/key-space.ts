import { createHash } from 'node:crypto';
import { CacheError } from '@keepsake/core';
import type { KeyPlaces } from './scripts/remove.ts';
import type { NumberKeys } from './scripts/tags.ts';
import { slotOf, tagOfSlot } from './slot.ts';

/** Longer keys, in bytes of UTF-8, are shortened. */
export const MAX_KEY_BYTES = 512;
const KEPT_BYTES = 400;

/**
 * Where everything lies, below one prefix:
 *
 * - the value of key `k`: `<prefix>k`; a `k` that itself begins with `~`: `<prefix>~=k`
 * - the right to fill it: `<prefix>~f:{slot tag}:k`, in the slot of the value
 * - a tag's record: `<prefix>~t:{~}:tag`; that of key `k`'s own tag: `<prefix>~k:{~}:k`; the counter of
 *   invalidations: `<prefix>~n:{~}`; the number of the latest noticed change of a key: `<prefix>~c:{~}` (one slot
 *   for all)
 */
export class KeySpace {
  readonly prefix: string;
  readonly counter: string;
  readonly mark: string;
  /** What scripts about values may use of the two; undefined on a cluster, where these lie in another slot. */
  readonly numbers: NumberKeys | undefined;

  /** @throws CacheError ERR_OPTION for a prefix whose braces would move helper keys to another slot. */
  constructor(prefix: string, { isCluster = false }: { readonly isCluster?: boolean } = {}) {
    if (
      typeof prefix !== 'string' ||
      prefix === '' ||
      !prefix.isWellFormed() ||
      Buffer.byteLength(prefix) > 128
    ) {
      // Without a prefix a clear would reach every key of the database.
      throw new CacheError('ERR_OPTION', 'prefix: expected 1 to 128 bytes of text');
    }
    if (/[{}]/.test(prefix) && !/^[^{}]*\{[^{}]+\}[^{}]*$/.test(prefix)) {
      throw new CacheError('ERR_OPTION', 'prefix: braces must be one complete, non-empty {tag}');
    }
    this.prefix = prefix;
    this.counter = `${prefix}~n:{~}`;
    this.mark = `${prefix}~c:{~}`;
    this.numbers = isCluster ? undefined : { counter: this.counter, mark: this.mark };
  }

  value(key: string): string {
    const name = storedName(key);
    return name.startsWith('~') ? `${this.prefix}~=${name}` : this.prefix + name;
  }

  lease(key: string): string {
    const value = this.value(key);
    return `${this.prefix}~f:{${tagOfSlot(slotOf(value))}}:${storedName(key)}`;
  }

  /** A key's own tag is `#` and the key: see keyTag in core. */
  isKeyTag(tag: string): boolean {
    return tag.startsWith('#');
  }

  tagRecord(tag: string): string {
    if (this.isKeyTag(tag)) return this.keyRecord(tag.slice(1));
    return `${this.prefix}~t:{~}:${storedName(tag)}`;
  }

  /** The record of the key's own tag. */
  keyRecord(key: string): string {
    return `${this.prefix}~k:{~}:${storedName(key)}`;
  }

  placesOf(key: string): KeyPlaces {
    return { value: this.value(key), lease: this.lease(key), record: this.keyRecord(key) };
  }

  /** What a script needs to notice that keys have changed: nothing on a cluster, where the cache tells it afterwards. */
  changeKeys(keys: readonly string[]): string[] {
    if (!this.numbers || keys.length === 0) return [];
    const names = [this.numbers.mark];
    for (const key of keys) names.push(this.keyRecord(key));
    return names;
  }

  /** The key whose value lies at `redisKey`, or undefined where that is a helper. */
  keyOf(redisKey: string): string | undefined {
    const name = redisKey.slice(this.prefix.length);
    if (!name.startsWith('~')) return name;
    return name.startsWith('~=') ? name.slice(2) : undefined;
  }

  /** SCAN patterns for the values of keys that match `pattern`. */
  valuePatterns(pattern: string): { readonly plain: string; readonly tilde: string } {
    const prefix = escapeGlob(this.prefix);
    return { plain: prefix + pattern, tilde: `${prefix}~=${pattern}` };
  }

  /** Leases and records of own tags of the keys that match, and perhaps some more. */
  helperPattern(pattern: string): string {
    return `${escapeGlob(this.prefix)}~[fk]:{*}:${pattern}`;
  }

  /** Whether it is the record of a key's own tag. */
  isKeyRecord(redisKey: string): boolean {
    return redisKey.startsWith('~k:', this.prefix.length);
  }
}

/** The key itself, or for a long one its first 400 bytes, `~` and its SHA-256: a clear by prefix still reaches it. */
export const storedName = (key: string): string => {
  // A UTF-16 unit is at most 3 bytes, so most keys need no count.
  if (key.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(key) <= MAX_KEY_BYTES) return key;
  const bytes = Buffer.from(key);
  let end = KEPT_BYTES;
  // Never inside a character: continuation bytes are 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}~${createHash('sha256').update(bytes).digest('hex')}`;
};

const escapeGlob = (text: string): string => text.replace(/[*?[\]\\^-]/g, '\\$&');
