import type { StoreOutcome } from '../backend.ts';
import type { LoadContext } from '../cache.ts';
import { copyValue } from '../copy.ts';
import { classify, type Entry } from '../entry.ts';
import { CacheError, isCacheError } from '../errors.ts';
import type { Fence } from '../fence.ts';
import type { Duration } from '../duration.ts';
import type { ResolvedOptions } from '../options.ts';
import { Flight, type FlightKind, type Landing } from './flight.ts';
import { checkTags, type LoadPlan, withTtl } from './plan.ts';
import type { Reporter } from './reporter.ts';
import type { Runtime } from './runtime.ts';

export type AnyLoader = (context: LoadContext<unknown>) => unknown;

/** What a load is made for: names, options and the namespace's way to write tags. */
export interface Scope {
  readonly runtime: Runtime;
  readonly options: ResolvedOptions;
  readonly reporter: Reporter;
  /** The key without its namespace. */
  localKey(key: string): string;
  fullTag(tag: string): string;
}

/** What a loader decided about the store of its value. */
export interface Decisions {
  plan: LoadPlan;
  skipped: boolean;
}

/** Starts a load of `key` that others may join, and gives its flight. Synchronous up to its registration. */
export const startFlight = (
  scope: Scope,
  key: string,
  plan: LoadPlan,
  loader: AnyLoader,
  kind: FlightKind,
): Flight => {
  const flight = new Flight(key, kind, scope.runtime.clock.now());
  scope.runtime.flights.add(flight);
  void fly(scope, flight, plan, loader);
  return flight;
};

/** Looks into the tiers, loads where that is needed, lands the flight. Never rejects. */
const fly = async (scope: Scope, flight: Flight, plan: LoadPlan, loader: AnyLoader): Promise<void> => {
  try {
    const known = await lookUp(scope, flight);
    if ('landing' in known) {
      flight.land(known.landing);
      scope.runtime.flights.remove(flight); // it is over: the refresh is the key's flight now
      if (known.refresh) refreshBehind(scope, flight.key, plan, loader);
    } else {
      await load(scope, flight, plan, loader, known);
    }
  } catch (error) {
    flight.fail(error);
  } finally {
    scope.runtime.flights.remove(flight);
  }
};

/** A refresh in the background, one a key; its failure is an event and leaves the stale value in place. */
export const refreshBehind = (scope: Scope, key: string, plan: LoadPlan, loader: AnyLoader): void => {
  if (scope.runtime.flights.find(key)) return;
  startFlight(scope, key, plan, loader, 'refresh').hold();
};

interface Start {
  readonly fence: Fence | undefined;
  readonly stale: Entry | undefined;
}

const lookUp = async (
  { runtime, options }: Scope,
  flight: Flight,
): Promise<Start | { landing: Landing; refresh: boolean }> => {
  const { tiers, clock } = runtime;
  if (flight.kind === 'forced') return { fence: await tiers.capture(flight.key, 'take'), stale: undefined };
  const found = await tiers.read(flight.key, 'fill');
  if (!found.entry) {
    flight.reason = found.reason;
    return { fence: found.fence, stale: undefined };
  }
  flight.reason = 'expired';
  const state = classify(found.entry, clock.now());
  const servable = state === 'fresh' || (state === 'swr' && flight.kind !== 'refresh');
  if (servable) {
    return { landing: landEntry(found.entry, found.tier, options, state), refresh: state === 'swr' };
  }
  const stale = state === 'expired' ? undefined : found.entry;
  const fence = await tiers.capture(flight.key, 'if-free');
  if (flight.kind === 'refresh' && stale && !fence) {
    // Another process refreshes it already.
    return { landing: landEntry(stale, found.tier, options, state), refresh: false };
  }
  return { fence, stale };
};

export const landEntry = (
  entry: Entry,
  tier: 'l1' | 'l2',
  options: ResolvedOptions,
  state: 'fresh' | 'swr' | 'grace' | 'expired',
): Landing => {
  if (entry.negative) return { value: undefined, source: 'negative', copyable: false };
  const copyable = options.isolation === 'copy';
  const value = copyable ? copyValue(entry.value) : entry.value;
  return { value, source: state === 'fresh' ? tier : 'stale', copyable };
};

const load = async (
  scope: Scope,
  flight: Flight,
  plan: LoadPlan,
  loader: AnyLoader,
  { fence, stale }: Start,
): Promise<void> => {
  const { runtime, reporter, options } = scope;
  const { clock, tiers } = runtime;
  const startedAt = clock.now();
  const decisions: Decisions = { plan, skipped: false };
  const serveStale = (): boolean => {
    if (!stale || classify(stale, clock.now()) === 'expired' || flight.settled) return false;
    flight.land(landEntry(stale, tiers.l2 ? 'l2' : 'l1', options, 'grace'));
    return true;
  };
  const softTimer =
    stale && plan.softTimeoutMs !== Infinity
      ? clock.setTimer(() => {
          reporter.emit('load.timed-out', { key: flight.key }, { kind: 'soft' });
          serveStale();
        }, plan.softTimeoutMs)
      : undefined;
  try {
    const context = makeContext(scope, flight, decisions, stale);
    const value = await runLoader(scope, flight.key, flight.controller, plan.hardTimeoutMs, () =>
      loader(context),
    );
    const landing = await keep(scope, flight.key, value, decisions, fence, startedAt);
    if (!flight.settled) flight.land(landing);
  } catch (error) {
    if (fence) await tiers.release(fence);
    reporter.emit('load.failed', { key: flight.key }, { durationMs: clock.now() - startedAt, error });
    if (!serveStale() && !flight.settled) flight.fail(error);
  } finally {
    softTimer?.cancel();
  }
};

/** Runs a loader inside the bulkhead and its hard timeout; rejects when the controller aborts. */
export const runLoader = async <T>(
  { runtime, reporter }: Scope,
  key: string,
  controller: AbortController,
  hardTimeoutMs: number,
  work: () => T | Promise<T>,
): Promise<T> => {
  const { clock, bulkhead } = runtime;
  const { signal } = controller;
  const hardTimer = clock.setTimer(() => {
    reporter.emit('load.timed-out', { key }, { kind: 'hard' });
    controller.abort(new CacheError('ERR_TIMEOUT', `loader: no value in ${hardTimeoutMs} ms`));
  }, hardTimeoutMs);
  let onAbort: () => void = () => undefined;
  let leave: () => void = () => undefined;
  try {
    leave = await bulkhead.enter(signal);
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    signal.throwIfAborted();
    reporter.loadStarted(key);
    const startedAt = clock.now();
    const value = await Promise.race([settleLoader(work), aborted]);
    reporter.loadFinished(key, clock.now() - startedAt);
    return value;
  } finally {
    hardTimer.cancel();
    signal.removeEventListener('abort', onAbort);
    leave();
  }
};

/** The loader's own error is passed on; what is no error at all is wrapped, so that it can be told apart. */
const settleLoader = async <T>(work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error !== undefined && error !== null) throw error;
    throw new CacheError('ERR_LOADER', `loader: it threw ${String(error)}`, { cause: error });
  }
};

const makeContext = (
  scope: Scope,
  flight: Flight,
  decisions: Decisions,
  stale: Entry | undefined,
): LoadContext<unknown> => ({
  key: scope.localKey(flight.key),
  signal: flight.controller.signal,
  ...(stale &&
    !stale.negative && {
      previous: {
        value: scope.options.isolation === 'copy' ? copyValue(stale.value) : stale.value,
        ageMs: scope.runtime.clock.now() - stale.createdAt,
      },
    }),
  ...decide(scope, decisions),
});

/** The three decisions that a loader may take, for one key. */
export const decide = (
  scope: Scope,
  decisions: Decisions,
): Pick<LoadContext<unknown>, 'setTtl' | 'addTags' | 'skip'> => ({
  setTtl: (ttl: Duration | 'forever') => {
    decisions.plan = { ...decisions.plan, life: withTtl(decisions.plan.life, ttl, scope.options) };
  },
  addTags: (...tags) => {
    decisions.plan = { ...decisions.plan, tags: checkTags([...decisions.plan.tags, ...tags]) };
  },
  skip: () => {
    decisions.skipped = true;
  },
});

/** Stores what a loader gave, under its fence, and says how it lands. Storing never makes the call fail. */
export const keep = async (
  scope: Scope,
  key: string,
  value: unknown,
  { plan, skipped }: Decisions,
  fence: Fence | undefined,
  madeAt: number,
): Promise<Landing> => {
  const { runtime, options, reporter } = scope;
  const negative = value === undefined;
  const copyable = options.isolation === 'copy' && !negative;
  if (skipped || !fence || (negative && plan.negativeMs === 0)) {
    if (fence) await runtime.tiers.release(fence);
    return { value, source: 'loader', copyable };
  }
  try {
    const life = negative ? { freshMs: plan.negativeMs, swrMs: 0, graceMs: 0, slidingMs: 0 } : plan.life;
    const content = {
      key,
      value: copyable ? copyValue(value) : value,
      life,
      ageMs: 0,
      costMs: runtime.clock.now() - madeAt,
      negative,
      tags: plan.tags.map((tag) => scope.fullTag(tag)),
      version: 0,
      maxBytes: options.maxValueBytes,
    };
    reportStore(reporter, key, await runtime.tiers.fill(content, fence, madeAt), life.freshMs);
  } catch (error) {
    await runtime.tiers.release(fence);
    if (!isCacheError(error) || error.code !== 'ERR_SERIALIZE') throw error;
    reporter.rejected(key, 'serialize');
    return { value, source: 'loader', copyable: false };
  }
  return { value, source: 'loader', copyable };
};

/** Counts and tells what became of a store; true: stored. */
export const reportStore = (
  reporter: Reporter,
  key: string,
  outcome: StoreOutcome,
  ttlMs: number,
): boolean => {
  if (outcome === 'stored') reporter.stored(key, ttlMs);
  if (outcome === 'fenced') reporter.fenced(key);
  if (outcome === 'too-large' || outcome === 'full') reporter.rejected(key, outcome);
  return outcome === 'stored';
};
