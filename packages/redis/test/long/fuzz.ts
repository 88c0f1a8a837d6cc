/**
 * Anything at all at a key of the cache: reading it is a miss or the right value, and never throws; nor does
 * any other operation on such a key, but for ERR_COUNTER where it is no number.
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { isCacheError, isMiss } from '@keepsake/core';
import type { LongRun, LongRunOptions, LongTest } from '@keepsake/tooling/long-test';
import { startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { binaryCodec } from '../../src/wire/binary-codec.ts';
import type { RedisBackend } from '../../src/index.ts';
import { item } from '../items.ts';
import { type Blob, nextBlob, withChecks } from './blobs/blob.ts';
import { type Corpus, makeCorpus, PREFIX, type Reading, type Sample } from './blobs/corpus.ts';
import { Random } from '@keepsake/tooling/simulation';

const BATCH = 500;
/** One blob in so many is also touched, expired, filled, counted. */
const HANDLED_EVERY = 20;
const OTHER_TYPES = ['RPUSH', 'SADD', 'PFADD'] as const;

/** What a reader gave: a value, or undefined for a miss. */
type Read = { readonly value: unknown } | undefined;

interface Subject {
  readonly samples: (corpus: Corpus) => readonly Sample[];
  /** What comes to lie in Redis in place of the blob. */
  readonly stored: (blob: Blob) => Buffer;
  readonly read: (corpus: Corpus, redis: Redis, reading: Reading, keys: readonly string[]) => Promise<Read[]>;
  readonly isHandled: boolean;
}

const readByBackend: Subject['read'] = async ({ backends }, _, reading, keys) =>
  (await backends[reading].getMany(keys, 'read')).map((read) =>
    isMiss(read) ? undefined : { value: read.value },
  );

/** No header and no checksum: what the codec makes of it is the value, what it throws on is a miss. */
const readByCodec: Subject['read'] = async (_, redis, __, keys) =>
  (await redis.mgetBuffer(keys.map((key) => PREFIX + key))).map((bytes) => {
    try {
      return bytes ? { value: binaryCodec.decode(bytes) } : undefined;
    } catch (error) {
      return error instanceof Error ? undefined : { value: error };
    }
  });

const samples = (corpus: Corpus): readonly Sample[] => corpus.samples;

const SUBJECTS: Readonly<Record<string, Subject>> = {
  ours: { samples, stored: ({ bytes }) => bytes, read: readByBackend, isHandled: true },
  naive: {
    samples: (corpus) =>
      samples(corpus)
        .filter(({ value }) => value !== undefined)
        .map((sample) => ({ ...sample, bytes: binaryCodec.encode(sample.value) })),
    stored: ({ bytes }) => bytes,
    read: readByCodec,
    isHandled: false,
  },
  'no-checksum': {
    samples,
    // To put the checksums right is to read without looking at them.
    stored: ({ bytes, kind }) => (kind === 'a good entry' ? bytes : withChecks(bytes)),
    read: readByBackend,
    isHandled: false,
  },
};

const judge = ({ kind, key, bytes, expected }: Blob, read: Read): string | undefined => {
  if (expected === 'any') return undefined;
  const isRight =
    expected === 'miss'
      ? read === undefined
      : read !== undefined && isDeepStrictEqual(read.value, expected.value);
  const gave = read === undefined ? 'a miss' : `the value ${inspect(read.value).slice(0, 200)}`;
  return isRight ? undefined : `${kind} at ${key} gave ${gave}: ${bytes.toString('hex').slice(0, 400)}`;
};

/** Everything else that can be done with a key, one after the other, each to the same bytes. */
const handle = async (backend: RedisBackend, redis: Redis, blob: Blob): Promise<string[]> => {
  const key = `handled ${blob.kind}`;
  const works: Record<string, () => unknown> = {
    get: () => backend.get(key, 'read'),
    'get to fill': () => backend.get(key, 'fill'),
    touch: () => backend.touch(key, 60_000),
    expire: () => backend.removeMany([key], 'expire'),
    'set if absent': () => backend.setMany([item(key, 1, { condition: 'absent' })]),
    increment: () => backend.increment(key, 1, 60_000),
    clear: () => backend.clear(`${key}?`),
  };
  const violations: string[] = [];
  for (const [name, work] of Object.entries(works)) {
    await redis.set(PREFIX + key, blob.bytes);
    try {
      await work();
    } catch (error) {
      if (name === 'increment' && isCacheError(error) && error.code === 'ERR_COUNTER') continue;
      violations.push(`${name} of ${blob.kind} threw ${String(error)}: ${blob.bytes.toString('hex')}`);
    }
  }
  return violations;
};

interface FuzzRun extends LongRun {
  /** How often each kind of blob was a hit: a reader that misses everything would not be at fault. */
  readonly hits: Readonly<Record<string, number>>;
}

export const fuzz = async ({ subject: name, seed, count, onProgress }: LongRunOptions): Promise<FuzzRun> => {
  const subject = SUBJECTS[name];
  if (!subject) throw new Error(`no such subject: ${name}`);
  await using server = await startRedis();
  const redis = new Redis(server.url);
  const corpus = await makeCorpus(server.url, redis);
  const from = subject.samples(corpus);
  const random = new Random(seed);
  const violations: string[] = [];
  const hits: Record<string, number> = {};
  let done = 0;
  try {
    while (done < count && violations.length === 0) {
      const blobs = Array.from({ length: Math.min(BATCH, count - done) }, (_, i) =>
        nextBlob(random, from, `b${i}`),
      );
      await redis.mset(new Map(blobs.map((blob) => [PREFIX + blob.key, subject.stored(blob)])));
      await spoilTypes(redis, random, blobs);
      for (const reading of ['plain', 'sealed'] as const) {
        const mine = blobs.filter((blob) => blob.reading === reading);
        const reads = await subject.read(
          corpus,
          redis,
          reading,
          mine.map(({ key }) => key),
        );
        mine.forEach((blob, i) => {
          const violation = judge(blob, reads[i]);
          if (violation !== undefined) violations.push(violation);
          if (reads[i] !== undefined) hits[blob.kind] = (hits[blob.kind] ?? 0) + 1;
        });
      }
      for (let i = 0; subject.isHandled && i < blobs.length; i += HANDLED_EVERY) {
        const blob = blobs[i] as Blob;
        violations.push(...(await handle(corpus.backends[blob.reading], redis, blob)));
      }
      done += blobs.length;
      onProgress(done);
    }
  } finally {
    await corpus.close();
    redis.disconnect();
  }
  return { count: done, violations, hits };
};

/** What `pnpm test:long fuzz` runs. */
export const longTest: LongTest = {
  unit: 'blobs',
  count: 1_000_000,
  mutantCount: 20_000,
  mutants: ['no-checksum'],
  run: fuzz,
};

/** Puts other types of data where a few of the blobs without a good entry lay; those become misses. */
const spoilTypes = async (redis: Redis, random: Random, blobs: Blob[]): Promise<void> => {
  for (let n = 0; n < 3; n += 1) {
    const at = random.below(blobs.length);
    const blob = blobs[at] as Blob;
    if (blob.kind === 'a good entry') continue;
    blobs[at] = { ...blob, kind: 'another type of data', expected: 'miss' };
    await redis.del(PREFIX + blob.key);
    await redis.call(random.pick(OTHER_TYPES), PREFIX + blob.key, 'x');
  }
};
