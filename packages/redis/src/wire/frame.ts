/**
 * How an entry lies in Redis, wire version 1. Big-endian.
 *
 *   0   2  magic C5 4B
 *   2   1  wire version
 *   3   1  flags: 1 long life, 2 negative, 4 tagged
 *   4   6  created at, ms of Redis TIME      } written by the scripts, in the server
 *  10   6  fresh until (all ones: forever)   }
 *      18  only with a long life: stale-while-revalidate until, grace until, sliding ms
 *   .   4  first bytes of SHA-1 of all before (the scripts have no CRC)
 *   .   -  body, written by the client: codec (1 byte), schema version, cost ms, number, count of tags, each
 *          tag's length and bytes, payload length (varints), payload
 *   .   4  CRC-32 of the body
 *
 * Two checks because two parties write: a script can stamp, touch and expire an entry without reading its
 * body. Up to the first check every wire version keeps this layout, so that a newer one can be told from
 * damage: it is left alone, damage is deleted.
 */
import { crc32 } from 'node:zlib';
import { isHeadIntact } from './head-check.ts';
import { Reader, writeVarint } from './varint.ts';

export const MAGIC: Buffer = Buffer.from([0xc5, 0x4b]);
export const WIRE_VERSION = 1;
/** Stands for "forever" in a 48-bit time. */
export const FOREVER_48: number = 2 ** 48 - 1;

export const FLAG_LONG_LIFE = 1;
export const FLAG_NEGATIVE = 2;
export const FLAG_TAGGED = 4;

const SHORT_LIFE_BYTES = 12;
const LONG_LIFE_BYTES = 30;
const CHECK_BYTES = 4;

/** What the client writes. */
export interface Body {
  readonly codec: number;
  readonly version: number;
  readonly costMs: number;
  readonly number: number;
  readonly tags: readonly string[];
  readonly payload: Buffer;
}

/** What a frame says; times are milliseconds of Redis TIME, Infinity = forever. */
export interface Frame extends Body {
  readonly createdAt: number;
  readonly freshUntil: number;
  readonly swrUntil: number;
  readonly graceUntil: number;
  readonly slidingMs: number;
  readonly negative: boolean;
  /** The bytes before the body: they go with a new body that keeps the life. */
  readonly head: Buffer;
}

/** Why bytes are no entry. `schema`: intact, but of a form that this version does not know. */
export interface NotAFrame {
  readonly reason: 'corrupt' | 'schema';
  readonly detail: string;
}

export const encodeBody = (body: Body): Buffer => {
  const head: number[] = [body.codec];
  writeVarint(body.version, head);
  writeVarint(Math.max(0, Math.round(body.costMs)), head);
  writeVarint(body.number, head);
  writeVarint(body.tags.length, head);
  for (const tag of body.tags) {
    const bytes = Buffer.from(tag);
    writeVarint(bytes.length, head);
    for (const byte of bytes) head.push(byte);
  }
  writeVarint(body.payload.length, head);
  const out = Buffer.allocUnsafe(head.length + body.payload.length + CHECK_BYTES);
  out.set(head, 0);
  out.set(body.payload, head.length);
  const end = out.length - CHECK_BYTES;
  out.writeUInt32BE(crc32(out.subarray(0, end)), end);
  return out;
};

export const decodeFrame = (bytes: Buffer): Frame | NotAFrame => {
  const start = bodyStart(bytes);
  if (typeof start !== 'number') return start;
  const end = bytes.length - CHECK_BYTES;
  if (end < start || bytes.readUInt32BE(end) !== crc32(bytes.subarray(start, end))) {
    return { reason: 'corrupt', detail: 'the body does not match its checksum' };
  }
  try {
    return readFrame(bytes, start, end);
  } catch (error) {
    if (error instanceof RangeError) return { reason: 'corrupt', detail: error.message };
    throw error;
  }
};

export const isFrame = (decoded: Frame | NotAFrame): decoded is Frame => 'payload' in decoded;

/** Where the body begins, once magic, version and life are found intact. */
const bodyStart = (bytes: Buffer): number | NotAFrame => {
  if (bytes.length < 4 || bytes[0] !== MAGIC[0] || bytes[1] !== MAGIC[1]) {
    return { reason: 'corrupt', detail: 'it is no Keepsake entry' };
  }
  const checkAt = 4 + (((bytes[3] ?? 0) & FLAG_LONG_LIFE) !== 0 ? LONG_LIFE_BYTES : SHORT_LIFE_BYTES);
  if (bytes.length < checkAt + CHECK_BYTES) return { reason: 'corrupt', detail: 'it ends too early' };
  if (!isHeadIntact(bytes, checkAt)) {
    return { reason: 'corrupt', detail: 'the header does not match its checksum' };
  }
  if (bytes[2] !== WIRE_VERSION) return { reason: 'schema', detail: `it has wire version ${bytes[2]}` };
  return checkAt + CHECK_BYTES;
};

/** One object, made in one place: it is what every read of an entry costs. */
const readFrame = (bytes: Buffer, start: number, end: number): Frame => {
  const flags = bytes[3] ?? 0;
  const freshUntil = readTime(bytes, 10);
  const isLong = (flags & FLAG_LONG_LIFE) !== 0;
  const reader = new Reader(bytes, start, end);
  const frame: Frame = {
    createdAt: readUint48(bytes, 4),
    freshUntil,
    swrUntil: isLong ? readTime(bytes, 16) : freshUntil,
    graceUntil: isLong ? readTime(bytes, 22) : freshUntil,
    slidingMs: isLong ? readTime(bytes, 28) : 0,
    negative: (flags & FLAG_NEGATIVE) !== 0,
    codec: reader.byte(),
    version: reader.varint(),
    costMs: reader.varint(),
    number: reader.varint(),
    tags: readTags(reader),
    payload: reader.take(reader.varint()),
    head: bytes.subarray(0, start),
  };
  if (reader.position !== end) throw new RangeError('it has bytes left over');
  return frame;
};

const NO_TAGS: readonly string[] = Object.freeze([]);

const readTags = (reader: Reader): readonly string[] => {
  const count = reader.varint();
  if (count === 0) return NO_TAGS;
  const tags: string[] = [];
  for (let i = 0; i < count; i += 1) tags.push(reader.text(reader.varint()));
  return tags;
};

const readTime = (bytes: Buffer, at: number): number => {
  const ms = readUint48(bytes, at);
  return ms === FOREVER_48 ? Infinity : ms;
};

const readUint48 = (bytes: Buffer, at: number): number =>
  bytes.readUInt16BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 2);
