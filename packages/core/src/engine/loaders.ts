import type { LoadContext, LoadManyContext } from '../cache.ts';
import { refuse } from '../check.ts';
import { copyValue } from '../copy.ts';
import { CacheError } from '../errors.ts';
import type { Runner } from './load.ts';
import type { Seat } from './seat.ts';
import { checkTags, withTtl } from './plan.ts';
import type { Scope } from './runtime.ts';

export type Loader = (context: LoadContext<unknown>) => unknown;

export type ManyLoader = (
  missing: string[],
  context: LoadManyContext,
) => Promise<Iterable<readonly [string, unknown]>>;

/** The loader of getOrSet as one that makes the value of the only seat. */
export const runOne =
  (scope: Scope, loader: Loader): Runner =>
  async ([seat], signal) =>
    seat ? [await loader(contextOf(scope, seat, signal))] : [];

/** The loader of getOrSetMany as one that makes the values of all seats. */
export const runMany =
  (scope: Scope, loader: ManyLoader): Runner =>
  async (seats, signal) => {
    const byKey = new Map(seats.map((seat) => [scope.space.local(seat.flight.key), seat]));
    const seatOf = (key: string): Seat => {
      const seat = byKey.get(key);
      if (!seat) return refuse('getOrSetMany', 'a key that was asked for', 'ERR_KEY');
      return seat;
    };
    const pairs = await loader([...byKey.keys()], {
      signal,
      setTtl: (key, ttl) => decisionsOf(scope, seatOf(key)).setTtl(ttl),
      addTags: (key, ...tags) => decisionsOf(scope, seatOf(key)).addTags(...tags),
      skip: (key) => decisionsOf(scope, seatOf(key)).skip(),
      fail: (key, error) => {
        seatOf(key).failure = { error };
      },
    });
    const values = mapOf(pairs);
    return [...byKey.keys()].map((key) => values.get(key));
  };

const mapOf = (pairs: unknown): Map<string, unknown> => {
  try {
    return new Map((pairs ?? 0) as Iterable<readonly [string, unknown]>); // (a Map of null is empty)
  } catch (cause) {
    const text = 'getOrSetMany: the loader gave no pairs';
    throw new CacheError('ERR_LOAD_MANY', text, { cause });
  }
};

const contextOf = (scope: Scope, seat: Seat, signal: AbortSignal): LoadContext<unknown> => {
  const { stale, flight } = seat;
  return {
    key: scope.space.local(flight.key),
    signal,
    ...(stale &&
      !stale.negative && {
        previous: {
          value: scope.options.isolation === 'copy' ? copyValue(stale.value) : stale.value,
          ageMs: scope.runtime.clock.now() - stale.createdAt,
        },
      }),
    ...decisionsOf(scope, seat),
  };
};

/** The three decisions that a loader may take, for one key. */
const decisionsOf = (
  { options }: Scope,
  seat: Seat,
): Pick<LoadContext<unknown>, 'setTtl' | 'addTags' | 'skip'> => ({
  setTtl: (ttl) => {
    seat.life = withTtl(seat.plan, ttl, options);
  },
  addTags: (...tags) => {
    seat.tags = checkTags([...seat.tags, ...tags]);
  },
  skip: () => {
    seat.isSkipped = true;
  },
});
