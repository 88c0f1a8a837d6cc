/**
 * pnpm bench embeddings: 10,000 embeddings of 512 numbers into Redis and out again by batch, as the bytes that they
 * are and as JSON. What they take in Redis, and the time, by the clock and of this process's processor.
 */
import { createCache } from '@keepsake/core';
import { createPhotoCache } from '@keepsake/entities';
import { RedisBackend } from '@keepsake/redis';
import { Redis } from 'ioredis';
import { findRedis } from '../../tooling/servers/redis-binary.ts';
import { startRedis } from '../../tooling/servers/redis-server.ts';
import { measure, publish, readSettings, type Subject } from './report.ts';

const NUMBERS = 512;
const DAY = 86_400;
/** Raw commands are sent in batches as large as those that Keepsake reads together; it stores fewer at once. */
const AT_ONCE = 250;
const SAMPLED = 100;

const settings = readSettings({ full: 7, quick: 3 });
const count = settings.isQuick ? 2_000 : 10_000;

const METRICS = {
  in: 'ms',
  'in, processor': 'ms',
  out: 'ms',
  'out, processor': 'ms',
  'memory in Redis': 'B each',
};
type Metric = keyof typeof METRICS;

const ids = Array.from({ length: count }, (_, i) => i);
const vectors = ids.map((id) => Float32Array.from({ length: NUMBERS }, (_, i) => Math.sin(id * NUMBERS + i)));
const pairs = ids.map((id) => [id, vectors[id] ?? new Float32Array()] as const);

interface Store {
  readonly keyOf: (id: number) => string;
  put(): Promise<number>;
  /** How many came back as they went in. */
  take(): Promise<number>;
}

await using server = await startRedis();
const redis = new Redis(server.url);
const photosOn = async (prefix: string, codec: 'binary' | 'json') => {
  const l2 = new RedisBackend({ url: server.url, prefix, codec, commandTimeout: 10 });
  const cache = createCache({ l1: false, l2, l2Timeout: '10s' });
  await cache.connect({ timeout: '10s' });
  return { cache, photos: createPhotoCache(cache) };
};
const binary = await photosOn('bytes:', 'binary');
const json = await photosOn('json:', 'json');
const embedding = binary.photos.face.embedding;
const details = json.photos.face.details;
const last = count - 1;

const asBytes: Store = {
  keyOf: (id) => `bytes:${embedding.key(id)}`,
  put: () => embedding.setMany(pairs),
  take: async () => {
    const found = await embedding.getMany(ids);
    return found.get(last)?.[7] === vectors[last]?.[7] ? found.size : 0;
  },
};
const asJson: Store = {
  keyOf: (id) => `json:${details.key(id)}`,
  put: () => details.setMany(pairs.map(([id, vector]) => [id, Array.from(vector)] as const)),
  take: async () => {
    const found = await details.getMany<number[]>(ids);
    const back = new Map(Array.from(found, ([id, numbers]) => [id, Float32Array.from(numbers)]));
    return back.get(last)?.[7] === vectors[last]?.[7] ? back.size : 0;
  },
};
const raw: Store = {
  keyOf: (id) => `raw:${id}`,
  put: async () => {
    for (let i = 0; i < count; i += AT_ONCE) {
      const pipeline = redis.pipeline();
      for (const [id, vector] of pairs.slice(i, i + AT_ONCE)) {
        pipeline.set(raw.keyOf(id), JSON.stringify(Array.from(vector)), 'EX', DAY);
      }
      await pipeline.exec();
    }
    return count;
  },
  take: async () => {
    const back: Float32Array[] = [];
    for (let i = 0; i < count; i += AT_ONCE) {
      const texts = await redis.mget(ids.slice(i, i + AT_ONCE).map(raw.keyOf));
      for (const text of texts) back.push(Float32Array.from(JSON.parse(text ?? '[]') as number[]));
    }
    return back[last]?.[7] === vectors[last]?.[7] ? back.length : 0;
  },
};

const all = async (work: () => Promise<number>): Promise<void> => {
  const done = await work();
  if (done !== count) throw new Error(`${done} of ${count} embeddings`);
};
const byClock = async (work: () => Promise<number>): Promise<number> => {
  const startedAt = performance.now();
  await all(work);
  return performance.now() - startedAt;
};
const byProcessor = async (work: () => Promise<number>): Promise<number> => {
  const before = process.cpuUsage();
  await all(work);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};
const bytesEach = async ({ keyOf }: Store): Promise<number> => {
  const sizes = await Promise.all(ids.slice(0, SAMPLED).map((id) => redis.memory('USAGE', keyOf(id))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? NaN), 0) / SAMPLED;
};
const subject = (name: string, version: string, store: Store): Subject<Metric> => ({
  name,
  version,
  run: {
    in: () => byClock(store.put),
    'in, processor': () => byProcessor(store.put),
    out: () => byClock(store.take),
    'out, processor': () => byProcessor(store.take),
    'memory in Redis': () => bytesEach(store),
  },
});

const reference = 'ioredis, JSON';
const rows = await measure(
  [
    subject(reference, '6', raw),
    subject('Keepsake, Float32Array', 'here', asBytes),
    subject('Keepsake, numbers as JSON', 'here', asJson),
  ],
  METRICS,
  reference,
  settings,
);
publish('embeddings', rows, settings, (await findRedis()).version);
await Promise.all([binary.cache.close(), json.cache.close(), redis.quit()]);
