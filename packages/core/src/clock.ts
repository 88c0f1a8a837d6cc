/** A timer that was set. `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time. Deadlines and TTLs use `now()`, which never runs backwards, so a step of the
 * wall clock changes nothing; `wallNow()` is for people and logs. A clock must not use the cache that reads it.
 */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary start; fractions allowed. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallNow(): number;
  /**
   * Calls `callback` once, `delayMs` from now (any size: longer than 2^31 ms is split).
   * A `background` timer does not keep the process alive.
   */
  setTimer(callback: () => void, delayMs: number, kind?: 'background'): Timer;
}

/** What setTimeout can hold; a longer delay would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The clock of the running process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer: (callback, delayMs, kind) => {
    let handle: ReturnType<typeof setTimeout>;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, LONGEST_DELAY_MS);
      handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), Math.max(0, stepMs));
      if (kind === 'background' && typeof handle === 'object') handle.unref();
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
