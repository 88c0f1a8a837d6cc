/** `transactional` gives a second facade of a cache: whatever the first one can do, it must have an opinion on. */
import { type Cache, createCache } from '@keepsake/core';
import { asyncTracking } from '@keepsake/core/tracking';
import { transactional } from '@keepsake/core/transactions';
import { describe, expect, it } from 'vitest';
import { KeepsakeCache } from '../src/engine/keepsake-cache.ts';
import { TransactionalCache } from '../src/transactions/transactional-cache.ts';

const BENEATH = 'what lies beneath';

/**
 * What a member does inside a transaction. `hidden`: it tells nothing of what lies beneath, and changes nothing there
 * before the commit. `passed`: it is the cache's own, and why. The type asks for every member that Cache gains.
 */
const MEMBERS: Readonly<Record<keyof Cache, ((cache: Cache) => unknown) | { readonly passed: string }>> = {
  get: (cache) => cache.get('k'),
  getSync: (cache) => cache.getSync('k'),
  getMany: async (cache) => [...(await cache.getMany(['k'])).values()],
  inspect: async (cache) => (await cache.inspect('k')).value,
  has: async (cache) => (await cache.has('k')) && BENEATH,
  ttl: async (cache) => (await cache.ttl('k')) && BENEATH,
  set: (cache) => cache.set('k', 'new'),
  setIfAbsent: (cache) => cache.setIfAbsent('other', 'new'),
  setMany: (cache) => cache.setMany({ k: 'new', other: 'new' }),
  getOrSet: (cache) => cache.getOrSet('k', () => 'of the loader'),
  getOrSetMany: async (cache) => [
    ...(await cache.getOrSetMany(['k', 'other'], async () => [['k', 'of the loader']])).values(),
  ],
  delete: (cache) => cache.delete('k'),
  deleteMany: (cache) => cache.deleteMany(['k']),
  expire: (cache) => cache.expire('k'),
  invalidateTags: (cache) => cache.invalidateTags(['t']),
  clear: (cache) => cache.clear(),
  namespace: (cache) => cache.namespace('below').set('k', 'new'),
  track: (cache) => cache.track(() => cache.get('k')),
  touch: { passed: 'a longer life of what is there shows nothing, and a removal after the commit ends it' },
  increment: { passed: 'a counter is no copy of a row' },
  keys: { passed: 'names are no values' },
  size: { passed: 'a count is no value' },
  stats: { passed: 'they are of the process' },
  on: { passed: 'events are of the process' },
  connect: { passed: 'the tiers are the same' },
  close: { passed: 'the tiers are the same' },
  name: { passed: 'it is the same cache' },
  tiers: { passed: 'it is the same cache' },
  [Symbol.asyncDispose]: { passed: 'the tiers are the same' },
};

const publicNames = (made: object): string[] =>
  Reflect.ownKeys(made)
    .map(String)
    .filter((name) => name !== 'constructor')
    .sort();

describe('the cache of transactional', () => {
  it('has every method that a cache has, documented or not', () => {
    const names = publicNames(TransactionalCache.prototype).filter((name) => name !== 'isInTransaction');
    expect(names).toEqual(publicNames(KeepsakeCache.prototype));
  });

  const hidden = Object.entries(MEMBERS).flatMap(([name, use]) =>
    typeof use === 'function' ? [[name, use] as const] : [],
  );

  it.each(hidden)(
    'inside a transaction shows nothing of what lies beneath, and changes nothing: %s',
    async (_, use) => {
      const beneath = createCache({ tracking: asyncTracking() });
      const { cache, afterCommit } = transactional(beneath);
      await beneath.set('k', BENEATH, { tags: ['t'] });
      const rolledBack = afterCommit(async () => {
        expect(JSON.stringify(await use(cache)) ?? '').not.toContain(BENEATH);
        expect(await beneath.get('k')).toBe(BENEATH);
        expect(await beneath.size()).toBe(1);
        throw new Error('rolled back');
      });
      await expect(rolledBack).rejects.toThrow('rolled back');
      expect(await beneath.get('k')).toBe(BENEATH);
      expect(await beneath.size()).toBe(1);
    },
  );
});
