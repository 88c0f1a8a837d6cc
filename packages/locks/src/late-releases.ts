import type { Clock, LockStore } from '@keepsake/core';
import { mayPass } from './passing-failure.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** More of them than this are left to their TTL. */
export const MAX_LATE_RELEASES = 1_000;

/**
 * Releases that nobody waits for: of a token whose acquire has an unknown outcome or came too late, and of
 * a lease that was lost. Each is tried until it gets an answer or the TTL has passed: then it has lapsed.
 */
export class LateReleases {
  readonly #store: LockStore;
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;
  readonly #wakes = new Set<() => void>();

  constructor(store: LockStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  add(names: readonly string[], token: string, ttlMs: number): void {
    if (this.#running.size >= MAX_LATE_RELEASES) return;
    const run = this.#release(names, token, this.#clock.now() + ttlMs).finally(() =>
      this.#running.delete(run),
    );
    this.#running.add(run);
  }

  /** Resolves when each has had one more try. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of [...this.#wakes]) wake();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #release(names: readonly string[], token: string, untilMs: number): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const isLast = this.#isClosed;
      try {
        await this.#store.release(names, token);
        return;
      } catch (error) {
        if (!mayPass(error) || isLast || this.#clock.now() + pauseMs >= untilMs) return;
      }
      await this.#pause(pauseMs);
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#wakes.delete(wake);
        resolve();
      };
      const timer = this.#clock.setTimer(wake, ms, 'background');
      this.#wakes.add(wake);
    });
  }
}
