import type { LoadManyContext } from '../cache.ts';
import { classify, type Entry } from '../entry.ts';
import { CacheError } from '../errors.ts';
import type { Fence } from '../fence.ts';
import { Flight } from './flight.ts';
import { decide, type Decisions, keep, landEntry, runLoader, type Scope } from './load.ts';
import type { LoadPlan } from './plan.ts';

export type ManyLoader = (
  missing: string[],
  context: LoadManyContext,
) => Promise<Iterable<readonly [string, unknown]>>;

/** A key of a batch that has to be loaded. */
interface Seat {
  readonly flight: Flight;
  readonly fence: Fence | undefined;
  readonly stale: Entry | undefined;
  readonly decisions: Decisions;
  failure: { error: unknown } | undefined;
}

/**
 * One flight for each key, all filled by one call of the loader. Each can be joined by callers of its key
 * alone, is fenced by itself, and fails by itself. Synchronous up to the registration of the flights.
 */
export const startBatch = (
  scope: Scope,
  keys: readonly string[],
  plan: LoadPlan,
  loader: ManyLoader,
): Flight[] => {
  const flights = keys.map((key) => new Flight(key, 'load', scope.runtime.clock.now()));
  for (const flight of flights) scope.runtime.flights.add(flight);
  void flyBatch(scope, flights, plan, loader);
  return flights;
};

const flyBatch = async (
  scope: Scope,
  flights: readonly Flight[],
  plan: LoadPlan,
  loader: ManyLoader,
): Promise<void> => {
  try {
    const seats = await lookUpBatch(scope, flights, plan);
    if (seats.length > 0) await loadBatch(scope, seats, plan, loader);
  } catch (error) {
    for (const flight of flights) if (!flight.settled) flight.fail(error);
  } finally {
    for (const flight of flights) scope.runtime.flights.remove(flight);
  }
};

/** Lands what the tiers have; gives a seat to each of the others. */
const lookUpBatch = async (
  { runtime, options }: Scope,
  batch: readonly Flight[],
  plan: LoadPlan,
): Promise<Seat[]> => {
  const { tiers, clock, flights } = runtime;
  const found = await tiers.readMany(
    batch.map((flight) => flight.key),
    'fill',
  );
  const seats: Seat[] = [];
  for (const [i, flight] of batch.entries()) {
    const one = found[i];
    const state = one?.entry ? classify(one.entry, clock.now()) : undefined;
    if (one?.entry && (state === 'fresh' || state === 'swr')) {
      flight.land(landEntry(one.entry, one.tier, options, state));
      flights.remove(flight); // it has landed: who comes later looks for itself
      continue;
    }
    const stale = state === 'grace' ? one?.entry : undefined;
    flight.reason = one && !one.entry ? one.reason : 'expired';
    const fence = one?.entry ? await tiers.capture(flight.key, 'if-free') : one?.fence;
    seats.push({ flight, fence, stale, decisions: { plan, skipped: false }, failure: undefined });
  }
  return seats;
};

const loadBatch = async (
  scope: Scope,
  seats: readonly Seat[],
  plan: LoadPlan,
  loader: ManyLoader,
): Promise<void> => {
  const byKey = new Map(seats.map((seat) => [scope.localKey(seat.flight.key), seat]));
  const controller = new AbortController();
  abortWhenAllLeft(seats, controller);
  const startedAt = scope.runtime.clock.now();
  let values: Map<string, unknown>;
  try {
    const context = makeContext(scope, byKey, controller.signal);
    const label = seats[0]?.flight.key ?? '';
    const pairs = await runLoader(scope, label, controller, plan.hardTimeoutMs, () =>
      loader([...byKey.keys()], context),
    );
    if (typeof (pairs as Iterable<unknown> | undefined)?.[Symbol.iterator] !== 'function') {
      throw new CacheError('ERR_LOAD_MANY', 'getOrSetMany: the loader gave no iterable of [key, value]');
    }
    values = new Map(pairs);
  } catch (error) {
    await Promise.all(seats.map((seat) => fallBack(scope, seat, error)));
    return;
  }
  await Promise.all(
    [...byKey].map(async ([key, seat]) => {
      if (seat.failure) return fallBack(scope, seat, seat.failure.error);
      const { flight, decisions, fence } = seat;
      flight.land(await keep(scope, flight.key, values.get(key), decisions, fence, startedAt));
    }),
  );
};

/** The batch is given up only when nobody waits for any of its keys. */
const abortWhenAllLeft = (seats: readonly Seat[], controller: AbortController): void => {
  let left = seats.length;
  for (const { flight } of seats) {
    const { signal } = flight.controller;
    const leave = (): void => {
      left -= 1;
      if (left === 0) controller.abort(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  }
};

/** A key that could not be loaded: its stale value where grace allows, else the error. */
const fallBack = async ({ runtime, reporter, options }: Scope, seat: Seat, error: unknown): Promise<void> => {
  const { flight, fence, stale } = seat;
  if (fence) await runtime.tiers.release(fence);
  reporter.emit('load.failed', { key: flight.key }, { durationMs: 0, error });
  if (stale && classify(stale, runtime.clock.now()) !== 'expired') {
    flight.land(landEntry(stale, runtime.tiers.l2 ? 'l2' : 'l1', options, 'grace'));
  } else {
    flight.fail(error);
  }
};

const makeContext = (
  scope: Scope,
  byKey: ReadonlyMap<string, Seat>,
  signal: AbortSignal,
): LoadManyContext => {
  const seatOf = (key: string): Seat => {
    const seat = byKey.get(key);
    if (!seat) throw new CacheError('ERR_KEY', 'getOrSetMany: the loader named a key that was not asked for');
    return seat;
  };
  return {
    signal,
    setTtl: (key, ttl) => decide(scope, seatOf(key).decisions).setTtl(ttl),
    addTags: (key, ...tags) => decide(scope, seatOf(key).decisions).addTags(...tags),
    skip: (key) => decide(scope, seatOf(key).decisions).skip(),
    fail: (key, error) => {
      seatOf(key).failure = { error };
    },
  };
};
