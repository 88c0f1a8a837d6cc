import type { Cache, Clock, Key, LoadContext } from '@keepsake/core';
import { withinDeadline } from './deadline.ts';
import { MAX_SEATS, WAIT_LIMIT_MS } from './limits.ts';

/** What is to be stored at a key, and how. */
export interface Filling {
  readonly value: unknown;
  /** Seconds. */
  readonly ttl: number;
  readonly tags: readonly string[];
}

/**
 * The sole right, over all processes that share a store, to fill a key. It is renewed for as long as a loader may
 * take, and ends with any invalidation. The first call of the two counts.
 */
export interface FillSeat {
  /** Once the store has it, or has refused it. */
  fill(filling: Filling): Promise<void>;
  leave(): void;
}

/** What came of the wish to fill a key: the right, or what another process has put there meanwhile. */
export type Seating = { readonly seat: FillSeat } | { readonly found: unknown };

/**
 * One process at a time makes the response of a key, and the others wait for it: what getOrSet of a cache does for
 * its loaders. Here the loader is a request that is with its handler, so it is begun and ended from outside.
 *
 * Loads have places in the whole cache, which handlers need for loads of their own: so no more than `MAX_SEATS` are
 * taken at once, and who finds none goes without.
 */
export class FillSeats {
  readonly #cache: Cache;
  readonly #clock: Clock;
  #taken = 0;
  #isShared: boolean | undefined;

  constructor(cache: Cache, clock: Clock) {
    this.#cache = cache;
    this.#clock = clock;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Whether there is a store that other processes fill, too; false while that cannot be known. */
  async isShared(): Promise<boolean> {
    if (this.#isShared === undefined) {
      // Of a key that nobody else has: a fence of the far tier comes back only if there is one.
      const { fence, reason } = await this.#cache.inspect(['probe', crypto.randomUUID()]);
      const isKnown = fence.l2 !== undefined || reason !== 'unavailable';
      if (isKnown) this.#isShared = fence.l2 !== undefined;
    }
    return this.#isShared ?? false;
  }

  /** Undefined: none is free, or the wait for another process was too long. Never rejects. */
  async take(key: Key): Promise<Seating | undefined> {
    if (this.#taken >= MAX_SEATS) return undefined;
    this.#taken += 1;
    const patience = new AbortController();
    const seating = await withinDeadline(this.#sit(key, patience.signal), WAIT_LIMIT_MS, this.#clock);
    if (seating !== 'late') return seating;
    patience.abort();
    return undefined;
  }

  #sit(key: Key, patience: AbortSignal): Promise<Seating | undefined> {
    return new Promise((resolve) => {
      let isSettled = false;
      const load = (context: LoadContext<unknown>): unknown => {
        // Too late, or behind an early refresh of the cache's own: nobody is there to fill it.
        if (!isSettled && !patience.aborted) {
          return new Promise((finish) => resolve({ seat: seatOf(context, finish, filled) }));
        }
        context.skip();
        return null;
      };
      const filled: Promise<unknown> = this.#cache.getOrSet(key, load, { signal: patience });
      const settle = (seating: Seating | undefined): void => {
        isSettled = true;
        this.#taken -= 1;
        resolve(seating);
      };
      // An error is a store that cannot be asked, or a wait that was given up.
      filled.then(
        (found) => settle({ found }),
        () => settle(undefined),
      );
    });
  }
}

const seatOf = (
  context: LoadContext<unknown>,
  finish: (value: unknown) => void,
  filled: Promise<unknown>,
): FillSeat => {
  const leave = (): void => {
    context.skip();
    finish(null);
  };
  let isEnded = false;
  const once = (end: () => void): void => {
    if (isEnded) return;
    isEnded = true;
    end();
  };
  context.signal.addEventListener('abort', () => once(leave), { once: true });
  return {
    fill: async ({ value, ttl, tags }) => {
      once(() => {
        context.setTtl(ttl);
        context.addTags(...tags);
        finish(value);
      });
      await Promise.allSettled([filled]);
    },
    leave: () => once(leave),
  };
};
