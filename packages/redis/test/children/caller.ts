/**
 * A process of a fleet: on each line of its input it calls getOrSet for one key, many times at once, and prints how
 * that went. Its loader counts itself in Redis, beside the cache.
 */
import { createInterface } from 'node:readline';
import { createCache } from '@keepsake/core';
import { Redis } from 'ioredis';
import { RedisBackend } from '../../src/index.ts';

/** What a line asks for. */
export interface Call {
  readonly key: string;
  readonly callers: number;
  readonly loadMs: number;
  /** What the loader gives after `loadMs`; undefined: it fails. */
  readonly value?: string;
}

/** What is printed: a loader has begun; all callers have their answers. */
export type Report =
  | { readonly is: 'ready' | 'loading' }
  /** How often each answer came; a failure is the text of its error. */
  | { readonly is: 'answered'; readonly answers: Readonly<Record<string, number>> };

const [url = '', prefix = '', counter = ''] = process.argv.slice(2);
const say = (report: Report): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

const redis = new Redis(url);
// A machine that is busy must not look like a dead server.
const cache = createCache({ l2: new RedisBackend({ url, prefix, commandTimeout: 10 }), l2Timeout: 10 });

const answer = async ({ key, callers, loadMs, value }: Call): Promise<void> => {
  const load = async (): Promise<string> => {
    await redis.incr(counter);
    say({ is: 'loading' });
    await new Promise((resolve) => setTimeout(resolve, loadMs));
    if (value === undefined) throw new Error('source down');
    return value;
  };
  const answers: Record<string, number> = {};
  await Promise.all(
    Array.from({ length: callers }, async () => {
      const text = await cache.getOrSet(key, load).catch((error: unknown) => String(error));
      answers[text] = (answers[text] ?? 0) + 1;
    }),
  );
  say({ is: 'answered', answers });
};

await Promise.all([redis.ping(), cache.connect({ timeout: 10 })]);
say({ is: 'ready' });
for await (const line of createInterface({ input: process.stdin })) await answer(JSON.parse(line) as Call);
await cache.close();
redis.disconnect();
