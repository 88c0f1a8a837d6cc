/**
 * What may lie at a key of a cache: a good entry, a spoiled one, or something that was never an entry; and what
 * reading it may give.
 */
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { COMPRESSED, MAX_CONTENT_BYTES } from '../../../src/wire/compression.ts';
import { decodeFrame, encodeBody, type Frame, isFrame } from '../../../src/wire/frame.ts';
import type { Payload } from '../../../src/wire/payload.ts';
import { writeVarint } from '../../../src/wire/varint.ts';
import type { Reading, Sample } from './corpus.ts';
import type { Random } from '@keepsake/tooling/simulation';

export interface Blob {
  readonly key: string;
  readonly bytes: Buffer;
  readonly kind: string;
  readonly reading: Reading;
  /** `any`: it is intact as far as anybody without a key can tell, so that only a throw would be wrong. */
  readonly expected: 'miss' | 'any' | { readonly value: unknown };
}

const FOREIGN: readonly Buffer[] = [
  ...['', ' ', '007', '-0', '+5', '1e5', ' 5', '5\n', '9007199254740993', '123456789012345678', 'null', '{}'],
  ...['{"a":1}', '[1,2]', '"text"', 'a:1:{s:1:"a";i:1;}', '\u0000', '<html></html>', 'true', 'NaN', '5.0'],
].map((text) => Buffer.from(text));

/** The head of a frame with its checksum put right. */
const withHeadCheck = (bytes: Buffer): Buffer => {
  const end = ((bytes[3] ?? 0) & 1) === 1 ? 34 : 16;
  if (bytes.length >= end + 4) {
    createHash('sha1').update(bytes.subarray(0, end)).digest().copy(bytes, end, 0, 4);
  }
  return bytes;
};

type Maker = (
  random: Random,
  sample: Sample,
  other: Sample,
) => Pick<Blob, 'bytes' | 'expected'> & { key?: string };

const spoiled = (bytes: Buffer): ReturnType<Maker> => ({ bytes, expected: 'miss' });

/** The same entry with another content, and checksums that are right: only who reads the content can refuse it. */
const withContent = (frame: Frame, content: Payload): Buffer =>
  Buffer.concat([frame.head, encodeBody({ ...frame, ...content })]);

const compressed = (codec: number, length: number, stream: Buffer): Payload => {
  const head = [codec];
  writeVarint(length, head);
  return { codec: COMPRESSED, payload: Buffer.concat([Buffer.from(head), stream]) };
};

/** 1,000:1, and twice what may come out. */
const BOMB = deflateRawSync(Buffer.alloc(2 * MAX_CONTENT_BYTES));

/** Contents that nobody has written, of codecs that read them. */
const CONTENTS: readonly ((random: Random, other: Frame) => Payload)[] = [
  (random) => ({ codec: 1 + random.below(4), payload: random.bytes(random.below(200)) }),
  // One type of content taken for another.
  (random, { payload }) => ({ codec: 1 + random.below(4), payload }),
  (random, { payload }) => compressed(1 + random.below(4), payload.length, deflateRawSync(payload)),
  (random, { payload }) => compressed(1, random.below(1 << 28), deflateRawSync(payload)),
  (random) => compressed(1 + random.below(4), random.below(300), random.bytes(random.below(100))),
];

const MAKERS: Readonly<Record<string, Maker>> = {
  'a good entry': (_, { key, bytes, value }) => ({ key, bytes, expected: { value } }),
  'a flipped bit': (random, { bytes }) => {
    const out = Buffer.from(bytes);
    const at = random.below(out.length);
    out[at] = (out[at] ?? 0) ^ (1 << random.below(8));
    return spoiled(out);
  },
  'wrong bytes': (random, { bytes }) => {
    const out = Buffer.from(bytes);
    for (let n = random.below(8); n >= 0; n -= 1) out[random.below(out.length)] = random.below(256);
    return spoiled(out);
  },
  'a cut': (random, { bytes }) => spoiled(bytes.subarray(0, random.below(bytes.length))),
  'bytes added': (random, { bytes }) => spoiled(Buffer.concat([bytes, random.bytes(1 + random.below(20))])),
  'a part left out': (random, { bytes }) => {
    const at = random.below(bytes.length);
    return spoiled(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]));
  },
  'a part moved': (random, { bytes }) => {
    const at = random.below(bytes.length);
    return spoiled(Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]));
  },
  'foreign bytes': (random) => spoiled(random.bytes(random.below(120))),
  'something foreign': (random) => spoiled(random.pick(FOREIGN)),
  digits: (random) => {
    const digits = Array.from({ length: 1 + random.below(19) }, () => random.below(10)).join('');
    return spoiled(Buffer.from(random.below(2) === 0 ? digits : `-${digits}`));
  },
  'a bare stream': (random, { bytes }) => spoiled(deflateRawSync(bytes.subarray(random.below(bytes.length)))),
  'another wire version': (random, { bytes }) => {
    const out = Buffer.from(bytes);
    out[2] = 2 + random.below(254);
    return spoiled(withHeadCheck(out));
  },
  'an entry of another key': (_, { bytes, reading, value }) =>
    reading === 'sealed' ? spoiled(bytes) : { bytes, expected: { value } },
  'a forged entry': (random, { bytes, reading }) => {
    const frame = decodeFrame(bytes);
    if (!isFrame(frame)) return { bytes, expected: 'any' };
    const payload = Buffer.from(frame.payload);
    for (let n = random.below(4); n >= 0; n -= 1) payload[random.below(payload.length)] = random.below(256);
    const codec = random.below(3) === 0 ? random.below(256) : frame.codec;
    const isSame = codec === frame.codec && payload.equals(frame.payload);
    const version = isSame ? frame.version + 1 : frame.version;
    const forged = Buffer.concat([frame.head, encodeBody({ ...frame, codec, payload, version })]);
    return { bytes: forged, expected: reading === 'sealed' ? 'miss' : 'any' };
  },
  'another content': (random, { bytes, reading }, other) => {
    const [frame, theirs] = [decodeFrame(bytes), decodeFrame(other.bytes)];
    if (!isFrame(frame) || !isFrame(theirs)) return { bytes, expected: 'any' };
    const content = random.pick(CONTENTS)(random, theirs);
    return { bytes: withContent(frame, content), expected: reading === 'sealed' ? 'miss' : 'any' };
  },
  // Seldom: it costs its reader 3 ms.
  'a bomb': (random, { bytes }) => {
    const frame = decodeFrame(bytes);
    if (!isFrame(frame) || frame.negative || random.below(20) > 0) return { bytes, expected: 'any' };
    const length = random.pick([1, MAX_CONTENT_BYTES, 2 * MAX_CONTENT_BYTES]);
    return spoiled(withContent(frame, compressed(1, length, BOMB)));
  },
  'the head of another': (_, { bytes, reading }, other) => {
    const [frame, theirs] = [decodeFrame(bytes), decodeFrame(other.bytes)];
    if (!isFrame(frame) || !isFrame(theirs)) return { bytes, expected: 'any' };
    const spliced = Buffer.concat([theirs.head, bytes.subarray(frame.head.length)]);
    return { bytes: spliced, expected: reading === 'sealed' ? 'miss' : 'any' };
  },
};

const KINDS = Object.keys(MAKERS);

/** The integer that `increment` would have left, told in another way than the reader does. */
const counterOf = (bytes: Buffer): number | undefined => {
  const text = bytes.toString('latin1');
  const number = Number(text);
  return text !== '' && Number.isSafeInteger(number) && String(number) === text ? number : undefined;
};

/** The next one; `key` is where it lies if it does not matter. */
export const nextBlob = (random: Random, samples: readonly Sample[], key: string): Blob => {
  const sample = random.pick(samples);
  const kind = random.pick(KINDS);
  const made = (MAKERS[kind] as Maker)(random, sample, random.pick(samples));
  const blob = { key, kind, reading: sample.reading, ...made };
  const counter = counterOf(blob.bytes);
  if (counter !== undefined) return { ...blob, expected: { value: counter } };
  // A change that changed nothing leaves an entry of another key.
  const isIntact = blob.expected === 'miss' && blob.bytes.equals(sample.bytes);
  return isIntact && sample.reading === 'plain' ? { ...blob, expected: { value: sample.value } } : blob;
};

/** The same bytes with both checksums put right where they look like an entry: as if nobody looked at them. */
export const withChecks = (bytes: Buffer): Buffer => {
  const out = Buffer.from(bytes);
  const start = ((out[3] ?? 0) & 1) === 1 ? 38 : 20;
  if (out.length < start + 4) return out;
  const body = out.subarray(start, -4);
  return withHeadCheck(Buffer.concat([out.subarray(0, start), body, checkOf(body)]));
};

const checkOf = (body: Buffer): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc32(body));
  return out;
};
