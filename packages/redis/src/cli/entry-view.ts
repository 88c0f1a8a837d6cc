import { RedisFailure } from '../failure.ts';
import { parseCounter } from '../entry-reader.ts';
import { judgeTags, TagRecords } from '../tag-records.ts';
import { binaryCodec } from '../wire/binary-codec.ts';
import { COMPRESSED, decompress } from '../wire/compression.ts';
import { ENCRYPTED, Keyring } from '../wire/encryption.ts';
import { decodeFrame, type Frame, isFrame } from '../wire/frame.ts';
import { jsonCodec } from '../wire/json-codec.ts';
import type { Payload } from '../wire/payload.ts';
import { asMisuse } from './arguments.ts';
import type { Session } from './session.ts';

/** What lies at a key, and what a reader would make of it. */
export interface EntryView {
  /** `unreadable`: it is there, and this command cannot decode it. */
  readonly outcome: 'hit' | 'stale' | 'miss' | 'unreadable';
  /** Why it is none of the first two. */
  readonly detail?: string;
  readonly redisKey: string;
  readonly value?: unknown;
  readonly ageMs?: number;
  /** Infinity: forever; negative: since when it is no longer. */
  readonly freshForMs?: number;
  readonly staleForMs?: number;
  readonly slidingMs?: number;
  /** Until Redis drops it. */
  readonly ttlMs?: number;
  readonly tags?: readonly string[];
  readonly version?: number;
  readonly costMs?: number;
  readonly codec?: string;
  readonly storedBytes?: number;
  readonly valueBytes?: number;
}

/** Looks and changes nothing. */
export const viewEntry = async (
  session: Session,
  key: string,
  encryptKeys: readonly string[],
): Promise<EntryView> => {
  const keyring = encryptKeys.length === 0 ? undefined : asMisuse(() => new Keyring({ keys: encryptKeys }));
  const redisKey = session.keySpace.value(key);
  let bytes: Buffer | null;
  try {
    bytes = (await session.call('GET', redisKey)) as Buffer | null;
  } catch (error) {
    if (!(error instanceof RedisFailure) || error.reply !== 'WRONGTYPE') throw error;
    return {
      outcome: 'miss',
      detail: `it holds a ${String(await session.call('TYPE', redisKey))}`,
      redisKey,
    };
  }
  if (bytes === null) return { outcome: 'miss', detail: 'no such key', redisKey };
  const pttl = Number(await session.call('PTTL', redisKey));
  const stored = { redisKey, storedBytes: bytes.length, ttlMs: pttl < 0 ? Infinity : pttl };
  const counter = parseCounter(bytes);
  if (counter !== undefined) {
    return { outcome: 'hit', value: counter, freshForMs: stored.ttlMs, codec: 'counter', ...stored };
  }
  const frame = decodeFrame(bytes);
  if (!isFrame(frame)) return { outcome: 'miss', detail: `${frame.reason}, ${frame.detail}`, ...stored };
  return { ...stored, ...(await lifeOf(session, redisKey, frame)), ...valueOf(frame, redisKey, keyring) };
};

const lifeOf = async (
  session: Session,
  redisKey: string,
  frame: Frame,
): Promise<Omit<EntryView, 'redisKey'>> => {
  const now = await session.serverNow(redisKey);
  const states = await new TagRecords(session.servers, session.keySpace).read(frame.tags);
  const verdict = judgeTags(frame.tags, frame.number, states);
  const isStale = now >= frame.freshUntil || verdict.is === 'expired';
  const isDead = now >= frame.graceUntil || verdict.is === 'removed';
  const { tags, version, costMs, slidingMs } = frame;
  return {
    outcome: isDead ? 'miss' : isStale ? 'stale' : 'hit',
    ...(verdict.is !== 'valid' && { detail: 'one of its tags was invalidated' }),
    ...(now >= frame.graceUntil && { detail: 'expired' }),
    ageMs: Math.max(0, now - frame.createdAt),
    freshForMs: frame.freshUntil - now,
    staleForMs: frame.freshUntil === Infinity ? 0 : frame.graceUntil - frame.freshUntil,
    slidingMs,
    tags,
    version,
    costMs,
  };
};

type Decoded =
  Pick<EntryView, 'codec' | 'value' | 'valueBytes'> | Pick<EntryView, 'codec' | 'outcome' | 'detail'>;

const CODECS = new Map([binaryCodec, jsonCodec].map((codec) => [codec.id, codec]));
const NAMES = new Map([
  [binaryCodec.id, 'binary'],
  [jsonCodec.id, 'json'],
]);

const valueOf = (frame: Frame, redisKey: string, keyring: Keyring | undefined): Decoded => {
  const forms: string[] = [];
  const unreadable = (detail: string): Decoded => ({
    codec: [...forms].reverse().join(', '),
    outcome: 'unreadable',
    detail,
  });
  let content: Payload = frame;
  if (content.codec === ENCRYPTED) {
    forms.push('encrypted');
    if (!keyring) return unreadable('KEEPSAKE_ENCRYPT_KEYS is not set');
    const decrypted = keyring.decrypt(frame.payload, { redisKey, version: frame.version });
    if ('reason' in decrypted) return unreadable(decrypted.detail);
    content = decrypted;
  }
  if (frame.negative) return { codec: 'negative: the loader found nothing', value: undefined };
  if (content.codec === COMPRESSED) {
    forms.push('compressed');
    const decompressed = decompress(content.payload);
    if ('reason' in decompressed) return unreadable(decompressed.detail);
    content = decompressed;
  }
  forms.push(NAMES.get(content.codec) ?? `codec ${content.codec} of the application`);
  const codec = CODECS.get(content.codec);
  if (!codec) return unreadable('only the application has its codec');
  try {
    const value = codec.decode(content.payload);
    return { codec: [...forms].reverse().join(', '), value, valueBytes: content.payload.length };
  } catch {
    return unreadable('its codec cannot read it');
  }
};
