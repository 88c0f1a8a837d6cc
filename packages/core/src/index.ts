export type {
  BackendCapabilities,
  BackendEvent,
  BackendFence,
  CacheBackend,
  CaptureMode,
  Lifetime,
  MaybePromise,
  Miss,
  ReadIntent,
  RemovalMode,
  StoreCondition,
  StoreItem,
  StoreOutcome,
} from './backend.ts';
export { isMiss } from './backend.ts';
export type { Bus, BusLink, BusMessage, BusReceiver } from './bus.ts';
export type {
  Cache,
  GetOrSetOptions,
  Inspection,
  Invalidation,
  LoadContext,
  LoadManyContext,
  NamespaceOptions,
  SetOptions,
} from './cache.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export type {
  CounterBatch,
  CounterOrigin,
  CounterState,
  CounterStore,
  FlushRule,
  SettledBatch,
  TakeOptions,
} from './counter-store.ts';
export { type Duration, toMs } from './duration.ts';
export { classify, type Entry, type EntryState, type MissReason } from './entry.ts';
export { CacheError, type ErrorCode, isCacheError } from './errors.ts';
export type { CacheEvent, CacheEventName, CacheEvents, CacheListener, EventBase, Tier } from './events.ts';
export type { Fence } from './fence.ts';
export { buildKey, type Key, toKeyString } from './key.ts';
export { CLAIM_MS, type LineRequest, type LockGrant, type LockStore, MAX_PLACES } from './lock-store.ts';
export type { Logger } from './logger.ts';
export type { CacheOptions, Isolation, LifetimeOptions, TimeoutOptions } from './options.ts';
export type { CacheStats, FamilyStats } from './stats.ts';
export type { Tracking } from './tracking.ts';
export { createCache } from './create-cache.ts';
export { MemoryBackend } from './memory/memory-backend.ts';
export type { MemoryOptions } from './memory/memory-options.ts';
export type { CurveSummary } from './curve/curve-summary.ts';
export type { AccessSampler } from './memory/access-sampler.ts';
export { type Advice, advise } from './advise.ts';
export { type CachedFunction, cacheResult, type CacheResultOptions } from './functions/cache-result.ts';
export { cached, invalidates, type InvalidatesOptions } from './functions/decorators.ts';
