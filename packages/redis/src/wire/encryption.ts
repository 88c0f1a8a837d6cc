/**
 * Values under AES-256-GCM (NIST SP 800-38D), codec 4 of the frame. The payload is the id of the key (4 bytes),
 * a random nonce (12), the ciphertext, and the tag (16). Inside is the codec of the content (1 byte; 0: a
 * negative entry) and the content, compressed where that is on: what is encrypted does not shrink any more.
 *
 * The Redis key and the schema version of the entry are the associated data: bytes moved to another key, or
 * passed off as another version, do not decrypt. The id of a key is the head of an HMAC under it, which tells
 * keys apart and says nothing about them.
 */
import { CacheError } from '@keepsake/core';
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { Payload, Unreadable } from './payload.ts';

export const ENCRYPTED = 4;
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = KEY_ID_BYTES + NONCE_BYTES;
const MAX_KEYS = 16;

/** The keys that values are encrypted with. */
export interface EncryptOptions {
  /**
   * 32 random bytes each, as they are or in base64: the first encrypts, all decrypt. To rotate, put the new
   * key in front once every process knows it, and drop the old one when its entries have expired. At most 16.
   */
  readonly keys: readonly (Uint8Array | string)[];
}

interface Key {
  readonly id: Buffer;
  readonly secret: KeyObject;
}

/** Where an encrypted value belongs: it decrypts nowhere else. */
export interface Place {
  readonly redisKey: string;
  readonly version: number;
}

/** The keys of one cache: encrypts with the first, decrypts with each. */
export class Keyring {
  readonly #current: Key;
  readonly #byId: ReadonlyMap<string, Key>;

  /** @throws CacheError ERR_OPTION that says what is wrong with which key, and shows none. */
  constructor(options: EncryptOptions) {
    const keys: unknown = options?.keys;
    if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS) {
      throw new CacheError('ERR_OPTION', `encrypt: expected { keys: [current, ...older] }, 1 to ${MAX_KEYS}`);
    }
    const all = keys.map(keyOf);
    this.#byId = new Map(all.map((key) => [key.id.toString('hex'), key]));
    if (this.#byId.size < all.length) throw new CacheError('ERR_OPTION', 'encrypt.keys: a key occurs twice');
    this.#current = all[0] as Key; // there is one, as checked above
  }

  encrypt({ codec, payload }: Payload, place: Place): Payload {
    const { id, secret } = this.#current;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(place));
    const parts = [cipher.update(Uint8Array.of(codec)), cipher.update(payload), cipher.final()];
    return { codec: ENCRYPTED, payload: Buffer.concat([id, nonce, ...parts, cipher.getAuthTag()]) };
  }

  decrypt(payload: Buffer, place: Place): Payload | Unreadable {
    const end = payload.length - TAG_BYTES;
    if (end <= HEAD_BYTES) return { reason: 'corrupt', detail: 'it is too short to be encrypted' };
    const key = this.#byId.get(payload.toString('hex', 0, KEY_ID_BYTES));
    if (!key)
      return { reason: 'schema', detail: 'it is encrypted with a key that is not among `encrypt.keys`' };
    const nonce = payload.subarray(KEY_ID_BYTES, HEAD_BYTES);
    const decipher = createDecipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(place)).setAuthTag(payload.subarray(end));
    try {
      const content = Buffer.concat([decipher.update(payload.subarray(HEAD_BYTES, end)), decipher.final()]);
      return { codec: content[0] ?? 0, payload: content.subarray(1) };
    } catch {
      // The one failure that GCM knows: the tag is not that of these bytes, at this key, under this version.
      return { reason: 'corrupt', detail: 'it does not decrypt: it was changed, or belongs to another key' };
    }
  }
}

const associatedData = ({ redisKey, version }: Place): Buffer => Buffer.from(`${version}:${redisKey}`);

const keyOf = (key: unknown, index: number): Key => {
  const fail = (problem: string): never => {
    throw new CacheError(
      'ERR_OPTION',
      `encrypt.keys[${index}]: ${problem}; expected 32 random bytes as a Uint8Array or in base64`,
    );
  };
  const bytes = typeof key === 'string' ? (bytesOfBase64(key) ?? fail('it is not base64')) : key;
  if (!(bytes instanceof Uint8Array)) return fail('it is neither bytes nor text');
  if (bytes.length !== KEY_BYTES) fail(`it has ${bytes.length} bytes`);
  if (bytes.every((byte) => byte === bytes[0])) fail('all its bytes are the same');
  const secret = createSecretKey(bytes);
  const id = createHmac('sha256', secret).update('keepsake key id').digest().subarray(0, KEY_ID_BYTES);
  return { id, secret };
};

/** Either alphabet, padded or not; undefined for anything that Buffer would pass over in silence. */
const bytesOfBase64 = (text: string): Buffer | undefined =>
  /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
