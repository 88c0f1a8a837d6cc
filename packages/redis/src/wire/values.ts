import type { Codec } from './codec.ts';
import { compress, COMPRESSED, decompress } from './compression.ts';
import { ENCRYPTED, type Keyring, type Place } from './encryption.ts';
import type { Frame } from './frame.ts';
import type { Payload, Unreadable } from './payload.ts';

/** The codec of what has no value: a negative entry. */
const NOTHING = 0;

export interface ValuesOptions {
  /** The one that writes. */
  readonly codec: Codec;
  /** All that can be read, by id. */
  readonly codecs: ReadonlyMap<number, Codec>;
  /** Infinity: nothing is compressed. */
  readonly compressFrom: number;
  /** undefined: nothing is encrypted. */
  readonly keyring: Keyring | undefined;
}

export interface Encoded extends Payload {
  /** Of the value, before it was compressed: what a limit on values is about. */
  readonly valueBytes: number;
}

/**
 * Values to payloads and back: encoded, then compressed, then encrypted. With keys, what is not encrypted
 * with one of them is refused, so that nobody without a key can put a value there; without keys, what is
 * encrypted is.
 */
export class Values {
  readonly #options: ValuesOptions;

  constructor(options: ValuesOptions) {
    this.#options = options;
  }

  /**
   * `value` of a negative entry: none.
   *
   * @throws CacheError ERR_SERIALIZE for what the codec cannot carry.
   */
  encode(value: unknown, isNegative: boolean, place: Place): Encoded {
    const { codec, compressFrom, keyring } = this.#options;
    const encoded = isNegative
      ? { codec: keyring ? NOTHING : codec.id, payload: Buffer.alloc(0) }
      : { codec: codec.id, payload: codec.encode(value) };
    const content = isNegative ? encoded : compress(encoded, compressFrom);
    return { ...(keyring ? keyring.encrypt(content, place) : content), valueBytes: encoded.payload.length };
  }

  decode(frame: Frame, redisKey: string): { readonly value: unknown } | Unreadable {
    const { keyring, codecs } = this.#options;
    const decrypted = decryptedOf(frame, redisKey, keyring);
    if ('reason' in decrypted) return decrypted;
    // Without keys nothing inside says so, and it does not matter: it has no value either way.
    if (frame.negative && (!keyring || decrypted.codec === NOTHING)) return { value: undefined };
    if (frame.negative) return { reason: 'corrupt', detail: 'it is marked as empty and holds a value' };
    const content = decrypted.codec === COMPRESSED ? decompress(decrypted.payload) : decrypted;
    if ('reason' in content) return content;
    const codec = codecs.get(content.codec);
    if (!codec) return { reason: 'schema', detail: `it was written by codec ${content.codec}` };
    try {
      return { value: codec.decode(content.payload) };
    } catch {
      // Intact by its checksum: written by another version of the codec.
      return { reason: 'schema', detail: 'its codec cannot read it' };
    }
  }
}

const decryptedOf = (frame: Frame, redisKey: string, keyring: Keyring | undefined): Payload | Unreadable => {
  const isEncrypted = frame.codec === ENCRYPTED;
  if (isEncrypted && keyring) return keyring.decrypt(frame.payload, { redisKey, version: frame.version });
  if (isEncrypted) return { reason: 'schema', detail: 'it is encrypted, and there are no `encrypt.keys`' };
  return keyring ? { reason: 'schema', detail: 'it is not encrypted' } : frame;
};
