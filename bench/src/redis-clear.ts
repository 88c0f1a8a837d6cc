/**
 * Removal in the large: 100,000 of 1,000,000 keys by pattern, and what a GET of another process waits for meanwhile, beside
 * a plain SCAN and DEL key by key; and the cost of invalidating a tag of one entry and of all.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RedisBackend } from '@keepsake/redis';
import { Redis } from 'ioredis';
import { median, type Row, type Settings } from './report.ts';

const MANY = 1_000_000;
/** Of ten keys one is `x:*` and one `z:*`. */
const nameOf = (i: number): string => `${i % 10 === 0 ? 'x' : i % 10 === 1 ? 'z' : 'y'}:${i}`;
const INVALIDATIONS = 200;

export const clearRows = async (url: string, settings: Settings): Promise<Row[]> => {
  const backend = new RedisBackend({ url, prefix: 'clear:', commandTimeout: 60 });
  const redis = new Redis(url);
  try {
    await fill(backend);
    const own = await probed(url, () => backend.clear('x:*'));
    const naive = await probed(url, () => scanAndDelete(redis, 'clear:z:*'));
    return [...rowsOf(own, naive), ...(await tagRows(backend, settings))];
  } finally {
    await backend.close();
    await redis.quit();
  }
};

const fill = async (backend: RedisBackend): Promise<void> => {
  const life = { freshMs: 3_600_000, swrMs: 0, graceMs: 0, slidingMs: 0 };
  const item = (key: string, tags: readonly string[]) =>
    ({
      key,
      value: 1,
      life,
      tags,
      ageMs: 0,
      costMs: 0,
      negative: false,
      version: 0,
      maxBytes: 1_000,
      condition: 'always',
    }) as const;
  const step = 1_000;
  for (let i = 0; i < MANY; i += step) {
    await backend.setMany(Array.from({ length: step }, (_, k) => item(nameOf(i + k), ['all'])));
    if (i % 50_000 === 0) process.stderr.write(`\r${i} of ${MANY} keys `);
  }
  await backend.setMany([item('one', ['single'])]);
  process.stderr.write('\n');
};

const scanAndDelete = async (redis: Redis, pattern: string): Promise<number> => {
  let [cursor, count] = ['0', 0];
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 10);
    for (const key of keys) count += await redis.del(key);
    cursor = next;
  } while (cursor !== '0');
  return count;
};

interface Probed {
  readonly count: number;
  readonly wallMs: number;
  readonly worstMs: number;
}

/** How long `work` takes, and the worst that a GET of another process meets meanwhile. */
const probed = async (url: string, work: () => Promise<number>): Promise<Probed> => {
  const probe = fork(fileURLToPath(new URL('redis-clear-probe.ts', import.meta.url)), [url]);
  await once(probe, 'message');
  const before = performance.now();
  const count = await work();
  const wallMs = performance.now() - before;
  return { count, wallMs, worstMs: await worstOf(probe) };
};

const worstOf = async (probe: ChildProcess): Promise<number> => {
  const answer = once(probe, 'message') as Promise<[{ worstMs: number }]>;
  probe.send('end');
  const [{ worstMs }] = await answer;
  return worstMs;
};

const CLEAR = ['keepsake', 'SCAN and DEL one by one'] as const;

const rowsOf = (own: Probed, naive: Probed): Row[] => {
  const row = (subject: string, metric: string, value: number, reference: number): Row => ({
    subject,
    version: '',
    metric,
    unit: 'ms',
    median: value,
    min: value,
    max: value,
    ratioTo: CLEAR[1],
    ratio: value / reference,
  });
  const title = `${own.count} of ${MANY} keys by pattern`;
  return [own, naive].flatMap((one, i) => [
    row(CLEAR[i] ?? '', title, one.wallMs, naive.wallMs),
    row(CLEAR[i] ?? '', `${title}: worst GET meanwhile`, one.worstMs, naive.worstMs),
  ]);
};

/** Turn by turn: a tag of one entry, and one of all that are left. */
const tagRows = async (backend: RedisBackend, { rounds }: Settings): Promise<Row[]> => {
  const times: Record<string, number[]> = { single: [], all: [] };
  for (let i = 0; i < INVALIDATIONS * Math.max(1, rounds); i += 1) {
    for (const tag of ['single', 'all']) {
      const before = performance.now();
      await backend.invalidateTags([tag], 'delete');
      times[tag]?.push((performance.now() - before) * 1_000);
    }
  }
  return ['single', 'all'].map((tag) => {
    const own = times[tag] ?? [];
    return {
      subject: tag === 'single' ? 'a tag of one entry' : `a tag of ${MANY * 0.8} entries`,
      version: '',
      metric: 'invalidation of a tag',
      unit: 'us',
      median: median(own),
      min: Math.min(...own),
      max: Math.max(...own),
      ratioTo: 'one entry',
      ratio: median(own) / median(times['single'] ?? []),
      ...(tag === 'all' && { bar: 1.2 }),
    };
  });
};
