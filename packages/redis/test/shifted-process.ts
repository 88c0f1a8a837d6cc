/**
 * A process whose wall clock is wrong, with a cache of its own on the server that it shares: argv are the URL, the
 * namespace and by how many ms its clock is ahead. It does what its parent says.
 */
import { createRedisCache } from '../src/index.ts';

export type Order =
  | {
      readonly act: 'set' | 'getOrSet';
      readonly key: string;
      readonly value: string;
      readonly loadMs?: number;
    }
  | { readonly act: 'get' | 'ttl' | 'delete' | 'invalidate' | 'expire'; readonly key: string }
  | { readonly act: 'now' };

const [url = '', namespace = '', aheadMs = '0'] = process.argv.slice(2);

const RealDate = Date;
/** Every way to ask for the time now. */
globalThis.Date = class extends RealDate {
  static override now(): number {
    return RealDate.now() + Number(aheadMs);
  }

  constructor(...args: readonly unknown[]) {
    super(...((args.length === 0 ? [RealDate.now() + Number(aheadMs)] : args) as [number]));
  }
} as DateConstructor;

const cache = createRedisCache({ url, namespace, ttl: 60, grace: 60 });
await cache.connect({ timeout: '20s' });

/** Everything is stored with its key as a tag. */
const obey = async (order: Order): Promise<unknown> => {
  switch (order.act) {
    case 'set':
      return cache.set(order.key, order.value, { tags: [order.key] });
    case 'getOrSet': {
      const load = (): Promise<string> =>
        new Promise((resolve) => setTimeout(resolve, order.loadMs ?? 0, order.value));
      return cache.getOrSet(order.key, load, { tags: [order.key] });
    }
    case 'get':
      return cache.get(order.key);
    case 'ttl':
      return cache.ttl(order.key);
    case 'delete':
      return (await cache.delete(order.key)).acknowledged;
    case 'expire':
      return (await cache.expire(order.key)).acknowledged;
    case 'invalidate':
      return (await cache.invalidateTags([order.key])).acknowledged;
    case 'now':
      return new Date().getTime();
  }
};

const answer = (reply: { id: number; result?: unknown; error?: string }): void => {
  process.send?.(reply);
};
process.on('message', ({ id, order }: { id: number; order: Order }) => {
  obey(order).then(
    (result) => answer({ id, result }),
    (error: unknown) => answer({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
answer({ id: 0 });
