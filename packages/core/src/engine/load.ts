/**
 * Loads: one a key at a time, shared by all that want it meanwhile. A call for many keys is one load with a
 * seat for each key that is missing; a call for one key is the same with one seat. Each seat has a flight that
 * callers of its key can join, a fence under which its value is stored, and fails by itself.
 */
import { classify, type Entry, type EntryState } from '../entry.ts';
import { CacheError } from '../errors.ts';
import type { Tier } from '../events.ts';
import type { Fence } from '../fence.ts';
import { Flight, type FlightKind, type Landing } from './flight.ts';
import { isolated, keep } from './keep.ts';
import type { LoadPlan } from './plan.ts';
import { portionsOf } from './portions.ts';
import type { Seat } from './seat.ts';
import type { Scope } from './runtime.ts';
import { within } from './within.ts';

/** Makes the values of the seats, in their order. */
export type Runner = (seats: readonly Seat[], signal: AbortSignal) => unknown[] | Promise<unknown[]>;

/** What a refresh is to replace, by full key: the entry that was served. */
export type Seen = ReadonlyMap<string, Entry>;

/** When an entry was made is known this well: the clock of a server is translated. */
const CLOCK_NOISE_MS = 100;

/** Starts a load of keys, gives their flights. Synchronous up to the registration of the flights. */
export const startLoad = (
  scope: Scope,
  keys: readonly string[],
  plan: LoadPlan,
  runner: Runner,
  kind: FlightKind,
  seen?: Seen,
): Flight[] => {
  const { clock, flights } = scope.runtime;
  const started = keys.map((key) => new Flight(key, kind, clock.now(), scope.shape));
  for (const flight of started) flights.add(flight);
  void fly(scope, started, plan, runner, kind, seen);
  return started;
};

/** A refresh in the background, one a key; its failure is an event and leaves the stale value in place. */
export const refreshBehind = (scope: Scope, seen: Seen, plan: LoadPlan, runner: Runner): void => {
  const { flights, backoffs, clock } = scope.runtime;
  const now = clock.now();
  const keys = [...seen]
    .filter(
      ([key, entry]) => !flights.find(key, scope.shape) && !backoffs.isWaiting(key, now, entry.freshUntil),
    )
    .map(([key]) => key);
  if (keys.length === 0) return;
  for (const flight of startLoad(scope, keys, plan, runner, 'refresh', seen)) flight.hold();
};

/** Whether a fresh value is due for an early refresh: XFetch (Vattani, Chierichetti, Lowenstein, VLDB 2015). */
export const isDueEarly = (entry: Entry, clock: { now(): number }, beta: number): boolean =>
  beta > 0 &&
  entry.costMs > 0 &&
  clock.now() - entry.costMs * beta * Math.log(Math.random()) >= entry.freshUntil;

/** What a look into the tiers left to do. */
interface Look {
  /** To be loaded here. */
  readonly seats: Seat[];
  /** Landed, and to be refreshed. */
  readonly behind: [key: string, entry: Entry][];
  /** Made by another process, which holds the right to it for so many ms more. */
  readonly held: [flight: Flight, forMs: number][];
}

/** Looks into the tiers, loads what is missing, lands the flights. Never rejects. */
const fly = async (
  scope: Scope,
  flights: readonly Flight[],
  plan: LoadPlan,
  runner: Runner,
  kind: FlightKind,
  seen: Seen | undefined,
): Promise<void> => {
  const look: Look = { seats: [], behind: [], held: [] };
  try {
    if (kind === 'forced') {
      look.seats.push(...(await Promise.all(flights.map((flight) => takeSeat(scope, flight, plan)))));
    } else {
      await lookUp(scope, flights, plan, seen, look);
    }
    if (look.behind.length > 0) refreshBehind(scope, new Map(look.behind), plan, runner);
    const loading = look.seats.length > 0 ? load(scope, look.seats, plan, runner) : undefined;
    // Another process makes it: its value is worth waiting for, and the right to make it if it fails.
    const wait = async ([flight, forMs]: readonly [Flight, number]): Promise<void> => {
      await scope.runtime.tiers.waitForFill(flight.key, forMs);
      await fly(scope, [flight], plan, runner, kind, seen);
    };
    await (look.held.length > 0 ? Promise.all([loading, ...look.held.map(wait)]) : loading);
  } catch (error) {
    for (const flight of flights) flight.fail(error);
  } finally {
    for (const flight of flights) scope.runtime.flights.remove(flight);
  }
};

const seatOf = (
  flight: Flight,
  fence: Fence | undefined,
  stale: Entry | undefined,
  plan: LoadPlan,
): Seat => ({
  flight,
  fence,
  stale,
  plan,
  life: plan.life,
  tags: plan.tags,
  isSkipped: false,
  failure: undefined,
});

const takeSeat = async ({ runtime, shape }: Scope, flight: Flight, plan: LoadPlan): Promise<Seat> =>
  seatOf(flight, await runtime.tiers.capture(flight.key, 'take', shape), undefined, plan);

/** Lands what the tiers have; of the others each gets a seat, or waits for another process. */
const lookUp = async (
  scope: Scope,
  batch: readonly Flight[],
  plan: LoadPlan,
  seen: Seen | undefined,
  { seats, behind, held }: Look,
): Promise<void> => {
  const { tiers, clock, flights, backoffs } = scope.runtime;
  const found = await tiers.readMany(
    batch.map((flight) => flight.key),
    'fill',
    scope.shape,
  );
  for (const [i, flight] of batch.entries()) {
    const one = found[i];
    if (!one?.entry) {
      flight.reason = one?.reason ?? 'unavailable';
      const leftMs = flight.startedAt + plan.hardTimeoutMs - clock.now();
      if (one?.heldForMs !== undefined && leftMs > 0 && !flight.isAbandoned) {
        held.push([flight, Math.min(one.heldForMs, leftMs)]);
      } else {
        seats.push(seatOf(flight, one?.fence, one?.suspect, plan));
      }
      continue;
    }
    const { entry, tier } = one;
    const { key } = flight;
    const now = clock.now();
    const state = classify(entry, now);
    const land = (): void => {
      flights.remove(flight); // who comes later looks for itself, and a refresh is the key's flight
      flight.land(landEntry(scope, entry, tier, state, tiers.givesAway(tier)), true);
    };
    const isServable = state === 'fresh' || state === 'swr';
    // A refresh replaces what is stale, and what was seen, but nothing newer.
    const isToReplace =
      seen && (state === 'swr' || entry.createdAt <= (seen.get(key)?.createdAt ?? 0) + CLOCK_NOISE_MS);
    if (isServable && !isToReplace) {
      land();
      if (state === 'swr' || isDueEarly(entry, clock, scope.options.earlyBeta)) behind.push([key, entry]);
      continue;
    }
    flight.reason = 'expired';
    if (state === 'grace' && !seen && backoffs.isWaiting(key, now, entry.freshUntil)) {
      land();
      continue;
    }
    const fence = await tiers.capture(key, 'if-free', scope.shape);
    const stale = state === 'expired' ? undefined : entry;
    if (seen && stale) {
      // Who comes meanwhile gets what is there at once. Without a fence another process refreshes it.
      flight.land(landEntry(scope, entry, tier, state));
      if (!fence) continue;
    }
    seats.push(seatOf(flight, fence, stale, plan));
  }
};

/** What a caller gets of an entry. `isOwn`: its value is nobody else's. */
export const landEntry = (
  scope: Scope,
  entry: Entry,
  tier: Tier,
  state: EntryState,
  isOwn = false,
): Landing => {
  const { tags } = entry;
  if (entry.negative) return { value: undefined, source: 'negative', copyable: false, tags };
  const value = isOwn ? entry.value : isolated(scope, entry.value);
  const source = state === 'fresh' ? tier : 'stale';
  return { value, source, copyable: scope.options.isolation === 'copy', tags };
};

const load = async (scope: Scope, seats: readonly Seat[], plan: LoadPlan, runner: Runner): Promise<void> => {
  const { runtime, reporter, options } = scope;
  const { clock, tiers, backoffs } = runtime;
  const startedAt = clock.now();
  const landStale = ({ flight, stale }: Seat): boolean => {
    if (!stale || classify(stale, clock.now()) === 'expired') return false;
    flight.land(landEntry(scope, stale, tiers.l2 ? 'l2' : 'l1', 'grace'));
    return true;
  };
  const fail = async (seat: Seat, error: unknown): Promise<void> => {
    const { flight, fence } = seat;
    const { key } = flight;
    if (fence) await tiers.release(fence);
    reporter.tell('load.failed', { key }, { durationMs: clock.now() - startedAt, error });
    if (seat.stale) backoffs.failed(key, clock.now());
    if (!landStale(seat)) flight.fail(error);
  };
  const softTimer =
    plan.softTimeoutMs !== Infinity && seats.some((seat) => seat.stale)
      ? clock.setTimer(() => {
          for (const seat of seats.filter(({ stale, flight }) => stale && !flight.settled)) {
            reporter.tell('load.timed-out', { key: seat.flight.key }, { kind: 'soft' });
            landStale(seat);
          }
        }, plan.softTimeoutMs)
      : undefined;
  try {
    const dependencies = new Set<string>();
    const values = await runLoader(scope, seats, plan.hardTimeoutMs, (signal) => {
      const { tracking } = options;
      return tracking ? tracking.run(dependencies, () => runner(seats, signal)) : runner(seats, signal);
    });
    const finish = async ([seat, value]: readonly [Seat, unknown]): Promise<void> => {
      if (seat.failure) return fail(seat, seat.failure.error);
      backoffs.succeeded(seat.flight.key);
      seat.flight.land(await keep(scope, seat, value, dependencies, startedAt));
    };
    const made = seats.map((seat, i) => [seat, values[i]] as const);
    const portions = tiers.l2 ? portionsOf(made, ([, value]) => value) : [made];
    for (const portion of portions) await Promise.all(portion.map(finish));
  } catch (error) {
    await Promise.all(seats.map((seat) => fail(seat, error)));
  } finally {
    softTimer?.cancel();
  }
};

/** Runs a loader inside the bulkhead and its hard timeout; given up when nobody waits for any of its seats. */
const runLoader = async (
  { runtime, reporter }: Scope,
  seats: readonly Seat[],
  hardTimeoutMs: number,
  work: (signal: AbortSignal) => unknown[] | Promise<unknown[]>,
): Promise<unknown[]> => {
  const { clock, bulkhead } = runtime;
  const controller = new AbortController();
  const { signal } = controller;
  const key = seats[0]?.flight.key ?? '';
  let aboard = seats.length;
  for (const { flight } of seats) {
    flight.whenAbandoned((reason) => {
      aboard -= 1;
      if (aboard === 0) controller.abort(reason);
    });
  }
  let leave: (() => void) | undefined;
  const run = async (): Promise<unknown[]> => {
    leave = await bulkhead.enter(signal);
    if (signal.aborted) leave(); // given up at the moment of entry: nobody else would leave
    signal.throwIfAborted();
    try {
      reporter.tell('load.started', { key }, {});
      const startedAt = clock.now();
      const values = await work(signal);
      if (!signal.aborted) reporter.tell('load.finished', { key }, { durationMs: clock.now() - startedAt });
      return values;
    } catch (error) {
      // The loader's own error is passed on; what is no error at all is wrapped, so that it can be told apart.
      if (error !== undefined && error !== null) throw error;
      throw new CacheError('ERR_LOADER', `loader: it threw ${String(error)}`, { cause: error });
    }
  };
  try {
    return await within(run(), clock, hardTimeoutMs, 'loader', signal, (error) => {
      reporter.tell('load.timed-out', { key }, { kind: 'hard' });
      controller.abort(error);
    });
  } finally {
    leave?.();
  }
};
