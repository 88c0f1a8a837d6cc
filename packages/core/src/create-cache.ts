import type { CacheBackend } from './backend.ts';
import type { Cache } from './cache.ts';
import { Bulkhead } from './engine/bulkhead.ts';
import { Flights } from './engine/flight.ts';
import { KeepsakeCache } from './engine/keepsake-cache.ts';
import { Keyspace } from './engine/keyspace.ts';
import { Reporter } from './engine/reporter.ts';
import { Tiers } from './engine/tiers.ts';
import { CacheError } from './errors.ts';
import { MemoryBackend, type MemoryOptions } from './memory/memory-backend.ts';
import { type CacheOptions, resolveOptions } from './options.ts';

/**
 * A cache: in memory by default, with a shared tier behind it where `l2` is given. It takes over the
 * backends: `close()` closes them.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 *
 * const cache = createCache({ ttl: '10m' });
 * const album = await cache.getOrSet('album:7', async () => ({ title: 'Summer' }), { tags: ['album:7'] });
 * console.log(album.title); // 'Summer'
 * await cache.invalidateTags(['album:7']);
 * ```
 * @throws CacheError ERR_OPTION, ERR_TTL or ERR_KEY for options that make no sense.
 */
export const createCache = (options: CacheOptions = {}): Cache => {
  const resolved = resolveOptions(options);
  const { clock, logger } = resolved;
  const root = new Keyspace('');
  const space = options.namespace === undefined ? root : root.below(options.namespace);
  const own = Object.freeze({ ...resolved, namespace: space.namespace });
  const l1 = nearTier(options.l1, own.clock);
  const l2 = options.l2;
  if (!l1 && !l2) throw new CacheError('ERR_OPTION', 'createCache: l1 is false and there is no l2');
  const reporter = new Reporter(own, clock, logger);
  const { l2TimeoutMs, stalenessMs } = own;
  const tiers = new Tiers({ l1, l2, clock, l2TimeoutMs, stalenessMs, reporter }, space.pattern());
  const subscriptions = [l1, l2].map(
    (backend, i) => backend && observe(backend, i === 0 ? 'l1' : 'l2', reporter),
  );
  const runtime = {
    tiers,
    flights: new Flights(clock, l2 ? stalenessMs : Infinity),
    bulkhead: new Bulkhead(own.maxConcurrentLoads),
    clock,
  };
  return new KeepsakeCache(runtime, own, space, reporter, async () => {
    for (const end of subscriptions) end?.();
    await l2?.close();
    await l1?.close();
  });
};

const nearTier = (l1: CacheOptions['l1'], clock: CacheOptions['clock']): CacheBackend | undefined => {
  if (l1 === false) return undefined;
  if (l1 !== undefined && 'getMany' in l1) return l1;
  const options: MemoryOptions = { ...(clock && { clock }), ...l1 };
  return new MemoryBackend(options);
};

/** What a backend tells of its own accord becomes the cache's events. */
const observe = (backend: CacheBackend, tier: 'l1' | 'l2', reporter: Reporter): (() => void) =>
  backend.subscribe((event) => {
    switch (event.type) {
      case 'evicted':
        return reporter.evicted(event.key);
      case 'expired':
        return reporter.emit('entry.expired', { key: event.key, tier }, {});
      case 'corrupt':
        return reporter.rejected(event.key, 'corrupt');
      case 'failed':
        return reporter.backendFailed(tier, event.operation, event.error);
      case 'recovered':
        return reporter.emit('backend.recovered', { tier }, {});
    }
  });
