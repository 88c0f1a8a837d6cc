import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisBackend, type RedisBackendOptions } from '../../../src/index.ts';
import { FOREVER, item } from '../../items.ts';

/** Which backend is to read it: without keys, or with. */
export type Reading = 'plain' | 'sealed';

/** Bytes that a backend has really written, where it wrote them, and what they hold. */
export interface Sample {
  readonly key: string;
  readonly bytes: Buffer;
  readonly value: unknown;
  readonly reading: Reading;
}

export const PREFIX = 'fuzz:';
const VALUE = {
  title: 'Dawn',
  at: new Date(5),
  list: [1, 2, { deep: [null, undefined, -0] }],
  vector: new Float32Array([1, 2]),
  counts: new Map([['a', 1n]]),
};
const LONG = { text: 'a summer evening in the old town, '.repeat(40), list: [1, 2, 3] };
const KEYS = { keys: [randomBytes(32)] };

export interface Corpus {
  readonly samples: readonly Sample[];
  readonly backends: Readonly<Record<Reading, RedisBackend>>;
  close(): Promise<void>;
}

/** Fills a server with every form that an entry can have. */
export const makeCorpus = async (url: string, redis: Redis): Promise<Corpus> => {
  const open = (options: Partial<RedisBackendOptions>): RedisBackend =>
    new RedisBackend({ url, prefix: PREFIX, commandTimeout: '20s', ...options });
  const plain = open({});
  const sealed = open({ encrypt: KEYS });
  const json = open({ codec: 'json' });
  const compressing = open({ compress: { minBytes: 0 } });
  const both = open({ compress: { minBytes: 0 }, encrypt: KEYS });
  const samples: Sample[] = [];
  const store = async (
    key: string,
    value: unknown,
    by: RedisBackend,
    change: Parameters<typeof item>[2] = {},
  ): Promise<void> => {
    await by.setMany([item(key, value, { life: FOREVER, ...change })]);
    const bytes = (await redis.getBuffer(PREFIX + key)) ?? Buffer.alloc(0);
    samples.push({ key, bytes, value, reading: by === sealed || by === both ? 'sealed' : 'plain' });
  };
  const windows = { freshMs: 86_400_000, swrMs: 5_000, graceMs: 9_000, slidingMs: 0 };
  await store('binary', VALUE, plain);
  await store('text', 'x', plain);
  await store('tagged', VALUE, plain, { tags: ['t', 'ü'], life: windows, version: 7, costMs: 300 });
  await store('negative', undefined, plain, { negative: true });
  await store('json', VALUE, json);
  await store('compressed', LONG, compressing);
  await store('encrypted', VALUE, sealed, { tags: ['t'], life: windows });
  await store('encrypted text', 'x', sealed);
  await store('encrypted negative', undefined, sealed, { negative: true });
  await store('compressed and encrypted', LONG, both);
  await Promise.all([json, compressing, both].map((backend) => backend.close()));
  return {
    samples,
    backends: { plain, sealed },
    close: async () => {
      await plain.close();
      await sealed.close();
    },
  };
};
