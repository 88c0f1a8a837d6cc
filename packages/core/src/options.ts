import type { CacheBackend } from './backend.ts';
import type { Bus } from './bus.ts';
import { checkKnown, checkPort, inRange, oneOf, refuse } from './check.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Duration, toMs, toMsOrForever, toMsOrZero } from './duration.ts';
import type { Logger } from './logger.ts';
import type { MemoryOptions } from './memory/memory-options.ts';
import type { Tracking } from './tracking.ts';

/** `'copy'`: values are copied on write and on read, as a remote store would. `'reference'`: shared. */
export type Isolation = 'copy' | 'reference';

/** How long something stays; the same words on a cache, a namespace and a single call. */
export interface LifetimeOptions {
  /** Fresh for this long. Default 300 s. */
  ttl?: Duration | 'forever';
  /** After the TTL: served stale at once, refreshed behind. Default 0. At most `grace`, if both are set. */
  swr?: Duration;
  /** After the TTL: served stale when the loader fails or exceeds `softTimeout`. Default `swr`. */
  grace?: Duration;
  /** A hit starts the TTL anew. Default false. */
  sliding?: boolean;
}

export interface TimeoutOptions {
  /** The loader may take this long before a stale value inside `grace` is served instead. Default none. */
  softTimeout?: Duration;
  /** The loader may take this long; then ERR_TIMEOUT. Default 30 s. */
  hardTimeout?: Duration;
  /** The whole call may take this long; then ERR_TIMEOUT. Default none. */
  deadline?: Duration;
}

export interface CacheOptions extends LifetimeOptions, TimeoutOptions {
  /** Shows in events and stats. Default 'default'. */
  name?: string;
  /** All keys lie below it; another namespace can neither see nor clear them. Default none (the root). */
  namespace?: string;
  /** The near tier. Default: memory of 10,000 entries and 64 MiB; false: none. */
  l1?: CacheBackend | MemoryOptions | false;
  /** The far, shared tier. Without a bus an L1 entry then lives at most `staleness`. Default none. */
  l2?: CacheBackend;
  /** Carries invalidations between processes: L1 entries live their whole TTL. Needs `l2`. Default none. */
  bus?: Bus;
  /** While the bus is lost: `'bypass'` L1, or `'serve'` it and give up the bound. Default 'bypass'. */
  onBusLoss?: 'bypass' | 'serve';
  /**
   * Refresh before the TTL ends, the likelier the closer it is and the longer the loader takes (XFetch), so that
   * a hot key is never missed. `beta` (1) is the eagerness. Default false.
   */
  earlyRefresh?: boolean | { beta: number };
  /** Shortens each TTL by up to this share, so that what was stored together does not expire together. 0..1, default 0. */
  ttlJitter?: number;
  /** A loader's `undefined` is remembered for this long. Default: it is not. */
  negativeTtl?: Duration;
  /** What L2 may take before it counts as a miss. Default 0.25 s. */
  l2Timeout?: Duration;
  /** How stale a read may be after an acknowledged removal elsewhere. Default 0.5 s. */
  staleness?: Duration;
  /** A larger value is returned but not stored. Default 1 MiB. */
  maxValueBytes?: number;
  /** Loaders at once; more wait their turn. Default 1,000. */
  maxConcurrentLoads?: number;
  isolation?: Isolation;
  /** Makes what a loader reads through the cache a dependency of what it makes. Default none. */
  tracking?: Tracking;
  /** Count hits, misses and the rest. Default true. */
  stats?: boolean;
  clock?: Clock;
  logger?: Logger;
}

/** Options with every default filled in; times in milliseconds. */
export interface ResolvedOptions {
  readonly name: string;
  readonly namespace: string;
  readonly ttlMs: number;
  readonly swrMs: number;
  readonly graceMs: number;
  readonly sliding: boolean;
  readonly softTimeoutMs: number;
  readonly hardTimeoutMs: number;
  readonly deadlineMs: number;
  readonly ttlJitter: number;
  readonly negativeTtlMs: number;
  readonly l2TimeoutMs: number;
  readonly stalenessMs: number;
  readonly maxValueBytes: number;
  readonly maxConcurrentLoads: number;
  readonly isolation: Isolation;
  readonly servesUnheard: boolean;
  /** Eagerness of early refresh; 0 = none. */
  readonly earlyBeta: number;
  readonly tracking: Tracking | undefined;
  readonly stats: boolean;
  readonly clock: Clock;
  readonly logger: Logger | undefined;
}

/** What holds where nothing is said. Infinity = none. */
export const DEFAULTS: ResolvedOptions = Object.freeze({
  name: 'default',
  namespace: '',
  ttlMs: 300_000,
  swrMs: 0,
  graceMs: 0,
  sliding: false,
  softTimeoutMs: Infinity,
  hardTimeoutMs: 30_000,
  deadlineMs: Infinity,
  ttlJitter: 0,
  negativeTtlMs: 0,
  l2TimeoutMs: 250,
  stalenessMs: 500,
  maxValueBytes: 1_048_576,
  maxConcurrentLoads: 1_000,
  isolation: 'copy',
  servesUnheard: false,
  earlyBeta: 0,
  tracking: undefined,
  stats: true,
  clock: systemClock,
  logger: undefined,
});

/** What a cache and its namespaces have in common and none can have for itself. */
export const SHARED_OPTIONS: readonly (keyof CacheOptions)[] = [
  'l1',
  'l2',
  'bus',
  'onBusLoss',
  'namespace',
  'clock',
  'staleness',
  'l2Timeout',
  'maxConcurrentLoads',
  'tracking',
];

/** The others. */
const OWN_OPTIONS: readonly (keyof CacheOptions)[] = [
  'name',
  'ttl',
  'sliding',
  'ttlJitter',
  'negativeTtl',
  'maxValueBytes',
  'isolation',
  'stats',
  'logger',
  'softTimeout',
  'hardTimeout',
  'deadline',
  'swr',
  'grace',
  'earlyRefresh',
];

/** What a port must have of which something is made use. */
const PORTS = {
  tracking: ['run', 'current'],
  clock: ['now', 'wallNow', 'setTimer'],
  logger: ['warn', 'error'],
} as const;

/** Options over `base`; misuse throws ERR_OPTION or ERR_TTL. */
export const resolveOptions = (options: CacheOptions, base: ResolvedOptions = DEFAULTS): ResolvedOptions => {
  checkKnown('options', options, [...SHARED_OPTIONS, ...OWN_OPTIONS]);
  const { earlyRefresh: early, onBusLoss } = options;
  const number = (
    name: 'ttlJitter' | 'maxValueBytes' | 'maxConcurrentLoads',
    low: number,
    high: number,
  ): number => inRange(name, options[name] ?? base[name], low, high);
  const port = <N extends keyof typeof PORTS>(name: N): ResolvedOptions[N] =>
    checkPort(name, options[name] ?? base[name], PORTS[name]) as ResolvedOptions[N];
  return Object.freeze({
    name: options.name ?? base.name,
    namespace: base.namespace,
    ttlMs: options.ttl === undefined ? base.ttlMs : toMsOrForever(options.ttl),
    ...staleWindow(options, base),
    sliding: options.sliding ?? base.sliding,
    ...resolveTimeouts(options, base),
    ttlJitter: number('ttlJitter', 0, 1),
    negativeTtlMs: msOf(options, 'negativeTtl', base.negativeTtlMs),
    l2TimeoutMs: msOf(options, 'l2Timeout', base.l2TimeoutMs),
    stalenessMs: msOf(options, 'staleness', base.stalenessMs),
    maxValueBytes: number('maxValueBytes', 1, Infinity),
    maxConcurrentLoads: number('maxConcurrentLoads', 1, Infinity),
    isolation: oneOf('isolation', options.isolation ?? base.isolation, ['copy', 'reference']),
    servesUnheard:
      onBusLoss === undefined
        ? base.servesUnheard
        : oneOf('onBusLoss', onBusLoss, ['bypass', 'serve']) === 'serve',
    earlyBeta:
      early === undefined
        ? base.earlyBeta
        : typeof early === 'boolean'
          ? Number(early)
          : inRange('earlyRefresh.beta', (early as { beta: number } | null)?.beta, 0, Infinity),
    tracking: port('tracking'),
    stats: options.stats ?? base.stats,
    clock: port('clock'),
    logger: port('logger'),
  });
};

export const resolveTimeouts = (
  options: TimeoutOptions,
  base: Pick<ResolvedOptions, 'softTimeoutMs' | 'hardTimeoutMs' | 'deadlineMs'>,
): Pick<ResolvedOptions, 'softTimeoutMs' | 'hardTimeoutMs' | 'deadlineMs'> => ({
  softTimeoutMs: msOf(options, 'softTimeout', base.softTimeoutMs),
  hardTimeoutMs: msOf(options, 'hardTimeout', base.hardTimeoutMs),
  deadlineMs: msOf(options, 'deadline', base.deadlineMs),
});

const msOf = <N extends string>(
  options: { readonly [name in N]?: Duration },
  name: N,
  otherwise: number,
): number => {
  const duration = options[name];
  return duration === undefined ? otherwise : toMs(duration, name);
};

/** `swr` alone implies as much grace; `swr` over an explicit `grace` is misuse. */
export const staleWindow = (
  options: Pick<LifetimeOptions, 'swr' | 'grace'>,
  base: Pick<ResolvedOptions, 'swrMs' | 'graceMs'>,
): { swrMs: number; graceMs: number } => {
  const swrMs = options.swr === undefined ? base.swrMs : toMsOrZero(options.swr, 'swr');
  if (options.grace === undefined) return { swrMs, graceMs: Math.max(base.graceMs, swrMs) };
  const graceMs = toMsOrZero(options.grace, 'grace');
  if (swrMs > graceMs && options.swr !== undefined) {
    refuse('swr', 'at most `grace`');
  }
  return { swrMs: Math.min(swrMs, graceMs), graceMs };
};
