import type { BackendEvent, CacheBackend } from './backend.ts';
import type { Cache } from './cache.ts';
import { Backoffs } from './engine/backoff.ts';
import { Bulkhead } from './engine/bulkhead.ts';
import { Coherence } from './engine/coherence.ts';
import { Flights } from './engine/flight.ts';
import { KeepsakeCache } from './engine/keepsake-cache.ts';
import { Keyspace } from './engine/keyspace.ts';
import { Reporter } from './engine/reporter.ts';
import { Tiers } from './engine/tiers.ts';
import { checkObject, checkPort, refuse } from './check.ts';
import type { Tier } from './events.ts';
import { MemoryBackend } from './memory/memory-backend.ts';
import type { MemoryOptions } from './memory/memory-options.ts';
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
  const l2 = checkPort('l2', options.l2, ['getMany', 'subscribe']);
  const last = l2 ?? l1;
  if (!last) return refuse('l2', 'a backend, as l1 is false');
  const bus = checkPort('bus', options.bus, ['open']);
  if (bus && !l2) refuse('l2', 'a backend, as there is a bus');
  const reporter = new Reporter(own, clock, logger);
  const parts = { ...own, l1, l2, last, reporter };
  const tiers = new Tiers(parts, space.pattern());
  const flights = new Flights(clock, () => tiers.joinableMs);
  if (bus) tiers.connectTo(new Coherence({ ...parts, bus, flights }, space.pattern()));
  const subscriptions = [l1, l2].map((backend, i) =>
    backend?.subscribe((event) => pass(event, i === 0 ? 'l1' : 'l2', reporter, tiers)),
  );
  const bulkhead = new Bulkhead(own.maxConcurrentLoads);
  const runtime = { tiers, flights, bulkhead, backoffs: new Backoffs(), clock };
  return new KeepsakeCache({ runtime, options: own, reporter, space, shape: undefined }, async () => {
    for (const end of subscriptions) end?.();
    try {
      await tiers.close();
    } finally {
      await bus?.close();
    }
  });
};

const nearTier = (l1: CacheOptions['l1'], clock: CacheOptions['clock']): CacheBackend | undefined => {
  if (l1 === false) return undefined;
  if (l1 !== undefined) checkObject('l1', l1);
  if (l1 !== undefined && 'getMany' in l1) return l1;
  const options: MemoryOptions = { ...(clock && { clock }), ...l1 };
  return new MemoryBackend(options);
};

/** What a backend tells of its own accord becomes the cache's events. */
const pass = (event: BackendEvent, tier: Tier, reporter: Reporter, tiers: Tiers): void => {
  switch (event.type) {
    case 'evicted':
      return reporter.tell('entry.evicted', { key: event.key, tier }, {});
    case 'expired':
      return reporter.tell('entry.expired', { key: event.key, tier }, {});
    case 'corrupt':
      return reporter.tell('entry.rejected', { key: event.key }, { reason: 'corrupt' });
    case 'failed':
      return reporter.backendFailed(tier, event.operation, event.error);
    case 'recovered':
      tiers.recovered();
      return reporter.tell('backend.recovered', { tier }, {});
  }
};
