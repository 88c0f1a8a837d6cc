/** The public surface of @keepsake/core, line by line: it compiles, or the contract is broken. */
import {
  type Advice,
  advise,
  buildKey,
  type Bus,
  type Cache,
  type CacheBackend,
  cached,
  CacheError,
  type CacheOptions,
  cacheResult,
  type CacheEventName,
  type CacheStats,
  type Clock,
  type CounterStore,
  createCache,
  type Duration,
  type Entry,
  type Fence,
  type Invalidation,
  invalidates,
  isCacheError,
  type Key,
  type LockStore,
  type Logger,
  MemoryBackend,
  type MemoryOptions,
  type MissReason,
  type SetOptions,
  type Tracking,
} from '@keepsake/core';
import { createMemoryStore } from '@keepsake/core/memory';
import { missRatioCurve } from '@keepsake/core/curve';
import { publishDiagnostics } from '@keepsake/core/diagnostics';
import { instrumentCache } from '@keepsake/core/otel';
import { cacheMetrics } from '@keepsake/core/prometheus';
import { backendSuite, FakeClock, FaultyBackend, memoryBus } from '@keepsake/core/testing';
import { asyncTracking } from '@keepsake/core/tracking';
import { expectTypeOf } from 'vitest';

declare const cache: Cache;
declare const l2: CacheBackend;
declare const bus: Bus;
declare const clock: Clock;
declare const tracking: Tracking;
declare const logger: Logger;
declare const _locks: LockStore;
declare const _counters: CounterStore;
declare const _entry: Entry;

// Units and keys
const durations: Duration[] = [1, 0.5, '250ms', '30s', '10m', '1h', '7d'];
// @ts-expect-error a unit is needed
const _wrong: Duration = '10';
const keys: Key[] = ['a', ['a', 1, 2n]];

// Options
expectTypeOf(createCache).toEqualTypeOf<(options?: CacheOptions) => Cache>();
createCache({
  name: 'default',
  namespace: 'tenant',
  l1: { maxEntries: 10_000, maxBytes: 64 * 1024 * 1024, weigh: (_v, key) => key.length, policy: 's3-fifo' },
  l2,
  bus,
  ttl: 'forever',
  ttlJitter: 0.1,
  sliding: true,
  negativeTtl: 5,
  swr: 0,
  grace: '1m',
  softTimeout: '100ms',
  hardTimeout: 30,
  deadline: 10,
  l2Timeout: 0.25,
  staleness: 0.5,
  onBusLoss: 'bypass',
  earlyRefresh: { beta: 1 },
  maxValueBytes: 1_048_576,
  maxConcurrentLoads: 1_000,
  isolation: 'reference',
  stats: true,
  clock,
  logger,
  tracking,
});
createCache({ l2, bus, onBusLoss: 'serve', earlyRefresh: true, tracking: asyncTracking() });
createCache({ l1: false, l2 });
createCache({ l1: new MemoryBackend({} satisfies MemoryOptions) });

// The cache
expectTypeOf(cache.get<number>('k')).resolves.toEqualTypeOf<number | undefined>();
const inspection = await cache.inspect<number>(['a', 1]);
expectTypeOf(inspection.outcome).toEqualTypeOf<'hit' | 'stale' | 'miss'>();
expectTypeOf(inspection.reason).toEqualTypeOf<MissReason | undefined>();
expectTypeOf(inspection.tier).toEqualTypeOf<'l1' | 'l2' | undefined>();
expectTypeOf(inspection.value).toEqualTypeOf<number | undefined>();
expectTypeOf(inspection.tags).toEqualTypeOf<readonly string[]>();
expectTypeOf(inspection.fence).toEqualTypeOf<Fence>();
const setOptions: SetOptions = {
  ttl: 1,
  grace: 2,
  swr: 1,
  tags: ['t'],
  sliding: true,
  fence: inspection.fence,
};
expectTypeOf(cache.set('k', 1, setOptions)).resolves.toEqualTypeOf<boolean>();
expectTypeOf(cache.setIfAbsent('k', 1, { ttl: 'forever' })).resolves.toEqualTypeOf<boolean>();
expectTypeOf(cache.has('k')).resolves.toEqualTypeOf<boolean>();
expectTypeOf(cache.ttl('k')).resolves.toEqualTypeOf<number | undefined>();
expectTypeOf(cache.touch('k', durations[0] ?? 1)).resolves.toEqualTypeOf<boolean>();
expectTypeOf(cache.getMany<string>(keys)).resolves.toEqualTypeOf<Map<string, string>>();
expectTypeOf(cache.setMany([['a', 1]])).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.setMany({ a: 1 }, { ttl: 1 })).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.delete('k')).resolves.toEqualTypeOf<Invalidation>();
expectTypeOf(cache.deleteMany(keys)).resolves.toEqualTypeOf<Invalidation>();
expectTypeOf(cache.expire('k')).resolves.toEqualTypeOf<Invalidation>();
expectTypeOf(cache.invalidateTags(['t'], { mode: 'expire' })).resolves.toEqualTypeOf<Invalidation>();
expectTypeOf(cache.clear('album:*')).resolves.toEqualTypeOf<Invalidation>();
expectTypeOf(cache.clear({ prefix: ['album', 1] })).resolves.toEqualTypeOf<Invalidation>();
expectTypeOf<Invalidation>().toEqualTypeOf<{
  readonly acknowledged: boolean;
  readonly count: number | undefined;
}>();
expectTypeOf(
  cache.getOrSet(
    'k',
    ({ key, signal, previous, setTtl, addTags, skip }) => {
      expectTypeOf(key).toEqualTypeOf<string>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(previous?.ageMs).toEqualTypeOf<number | undefined>();
      setTtl('1h');
      addTags('a', 'b');
      skip();
      return 1;
    },
    { ttl: 1, tags: ['t'], signal: new AbortController().signal, forceRefresh: true, hardTimeout: 1 },
  ),
).resolves.toEqualTypeOf<number>();
expectTypeOf(
  cache.getOrSetMany(
    keys,
    async (missing, context) => {
      context.setTtl('k', 1);
      context.addTags('k', 't');
      context.fail('k', new Error('none'));
      return missing.map((key) => [key, missing.length] as const);
    },
    { partial: true },
  ),
).resolves.toEqualTypeOf<Map<string, number>>();
expectTypeOf(cache.increment('k', 2, { ttl: '1h' })).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.keys('*')).toEqualTypeOf<AsyncIterable<string>>();
expectTypeOf(cache.size()).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.namespace('n', { ttl: 5 })).toEqualTypeOf<Cache>();
expectTypeOf(cache.track(async () => 1)).resolves.toEqualTypeOf<{ value: number; tags: string[] }>();
expectTypeOf(cache.stats()).resolves.toEqualTypeOf<CacheStats>();
expectTypeOf(cache.on('entry.hit', (event) => void event.key)).toEqualTypeOf<() => void>();
const events: CacheEventName[] = [
  'entry.hit',
  'entry.missed',
  'entry.stored',
  'entry.deleted',
  'entry.expired',
  'entry.evicted',
  'entry.rejected',
  'load.started',
  'load.finished',
  'load.failed',
  'load.joined',
  'load.fenced',
  'load.timed-out',
  'tag.invalidated',
  'invalidation.deferred',
  'invalidation.replayed',
  'backend.failed',
  'backend.recovered',
  'breaker.changed',
  'bus.up',
  'bus.down',
];
for (const event of events) cache.on(event, (told) => void told.atMs);
expectTypeOf(cache.connect({ timeout: 1 })).resolves.toEqualTypeOf<void>();
expectTypeOf(cache.close()).resolves.toEqualTypeOf<void>();
expectTypeOf(cache[Symbol.asyncDispose]()).resolves.toEqualTypeOf<void>();

// Stats
declare const stats: CacheStats;
expectTypeOf(stats.hit_rate).toEqualTypeOf<string>();
expectTypeOf(stats.total_requests + stats.hits + stats.misses + stats.sets).toEqualTypeOf<number>();
expectTypeOf(stats.deletes + stats.errors + stats.db_size + stats.stale).toEqualTypeOf<number>();
expectTypeOf(stats.negative + stats.loads + stats.joined + stats.fenced).toEqualTypeOf<number>();
expectTypeOf(stats.evictions + stats.l1Hits + stats.l2Hits + stats.bytes).toEqualTypeOf<number>();
expectTypeOf(
  stats.loadMs.p50 + stats.loadMs.p95 + stats.loadMs.p99 + stats.stalenessMs,
).toEqualTypeOf<number>();
expectTypeOf(stats.families).toExtend<Readonly<Record<string, object>>>();
expectTypeOf(advise(stats)).toEqualTypeOf<Advice[]>();
expectTypeOf<Advice['severity']>().toEqualTypeOf<'info' | 'warn'>();

// Functions
const getAlbum = cacheResult({ cache, name: 'getAlbum', ttl: '1h', key: (id: string) => ['album', id] })(
  async (id: string) => ({ id }),
);
expectTypeOf(getAlbum('7')).resolves.toEqualTypeOf<{ id: string }>();
expectTypeOf(getAlbum.key('7')).toEqualTypeOf<string>();
expectTypeOf(getAlbum.peek('7')).resolves.toEqualTypeOf<{ id: string } | undefined>();
expectTypeOf(getAlbum.invalidate('7')).resolves.toEqualTypeOf<Invalidation>();
expectTypeOf(getAlbum.refresh('7')).resolves.toEqualTypeOf<{ id: string }>();
invalidates({ cache, tags: (result: { id: string }, id: string) => [result.id, id] })(async (id: string) => ({
  id,
}));
cached({ cache, name: 'm' });
expectTypeOf(buildKey('user', 7, 'profile')).toEqualTypeOf<string>();

// Errors
expectTypeOf(new CacheError('ERR_TTL', 'message').code).toExtend<string>();
expectTypeOf(isCacheError).guards.toEqualTypeOf<CacheError>();

// Subpaths
const store = createMemoryStore<number>({ maxEntries: 10, maxBytes: 1_000, clock });
expectTypeOf(store.get('k')).toEqualTypeOf<number | undefined>();
expectTypeOf(store.set('k', 1, 1_000)).toEqualTypeOf<boolean>();
expectTypeOf(store.delete('k')).toEqualTypeOf<boolean>();
expectTypeOf(store.has('k')).toEqualTypeOf<boolean>();
expectTypeOf(store.size + store.bytes).toEqualTypeOf<number>();
store.clear();
expectTypeOf(backendSuite).parameter(0).toEqualTypeOf<string>();
new FaultyBackend(new MemoryBackend({ clock: new FakeClock() }));
expectTypeOf(memoryBus()).toExtend<Bus>();
expectTypeOf(missRatioCurve).toBeFunction();
expectTypeOf(publishDiagnostics).toBeFunction();
expectTypeOf(instrumentCache).toBeFunction();
expectTypeOf(cacheMetrics).toBeFunction();
