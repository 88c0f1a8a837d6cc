/** A process with a cache of its own, which does what its parent says: argv are the subject and the URL of Redis. */
import { isDeepStrictEqual } from 'node:util';
import { sleep } from './races-outcome.ts';
import { SUBJECTS, tagOf } from './races-subjects.ts';
import { describeValue, type ValueName, VALUES } from './races-values.ts';

export type Order =
  /** Reads through the cache; the loader gives `value` after `loadMs`. */
  | { readonly act: 'getOrSet'; readonly key: string; readonly value: string; readonly loadMs: number }
  /** The same, called many times at once; gives how often the loader ran. */
  | { readonly act: 'storm'; readonly key: string; readonly callers: number; readonly loadMs: number }
  | { readonly act: 'set'; readonly key: string; readonly value: string }
  | { readonly act: 'delete' | 'invalidateTag'; readonly key: string }
  | { readonly act: 'setValue' | 'judgeValue'; readonly key: string; readonly value: ValueName };

export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const [name = '', url = ''] = process.argv.slice(2);
const node = await SUBJECTS[name]?.(url);
if (!node) throw new Error(`no such subject: ${name}`);

const judge = (value: unknown, expected: unknown): string =>
  isDeepStrictEqual(value, expected) ? 'right' : `comes back as ${describeValue(value)}`;

const storm = async ({ key, callers, loadMs }: Extract<Order, { act: 'storm' }>): Promise<string> => {
  let loads = 0;
  const load = async (): Promise<string> => {
    loads += 1;
    await sleep(loadMs);
    return 'value';
  };
  const answers = await Promise.all(Array.from({ length: callers }, () => node.getOrSet(key, load)));
  if (answers.some((answer) => answer !== 'value')) throw new Error('a caller has another value');
  return String(loads);
};

const obey = async (order: Order): Promise<unknown> => {
  switch (order.act) {
    case 'getOrSet':
      return node.getOrSet(order.key, () => sleep(order.loadMs).then(() => order.value));
    case 'storm':
      return storm(order);
    case 'set':
      return node.set(order.key, order.value);
    case 'delete':
      return node.delete(order.key);
    case 'invalidateTag':
      return node.invalidateTag ? node.invalidateTag(tagOf(order.key)) : 'none';
    case 'setValue':
      return node.set(order.key, VALUES[order.value]);
    case 'judgeValue':
      return judge(
        await node.getOrSet(order.key, () => Promise.resolve('nothing was there')),
        VALUES[order.value],
      );
  }
};

const answer = (reply: Reply): void => {
  process.send?.(reply);
};

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  obey(order).then(
    (result) => answer({ id, result: typeof result === 'string' ? result : undefined }),
    (error: unknown) => answer({ id, error: String(error) }),
  );
});
// Without a parent nobody is left to obey.
process.on('disconnect', () => process.exit());
answer({ id: 0 });
