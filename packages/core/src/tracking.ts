/**
 * Knows which call is being carried out, across its awaits. `asyncTracking()` of `@keepsake/core/tracking` is
 * the one for Node (AsyncLocalStorage).
 */
export interface Tracking {
  /** Runs `work`; until it has settled, `current()` gives `scope` to all that it calls, awaits included. */
  run<T>(scope: Set<string>, work: () => T): T;
  /** The scope of the innermost `run` that is under way here. */
  current(): Set<string> | undefined;
}
