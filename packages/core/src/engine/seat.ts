import type { Lifetime } from '../backend.ts';
import type { Entry } from '../entry.ts';
import type { Fence } from '../fence.ts';
import type { Flight } from './flight.ts';
import type { LoadPlan } from './plan.ts';

/** One key of a load, and what the loader decided for it. */
export interface Seat {
  readonly flight: Flight;
  readonly fence: Fence | undefined;
  /** Served if the loader fails or is slow. */
  readonly stale: Entry | undefined;
  readonly plan: LoadPlan;
  life: Lifetime;
  tags: readonly string[];
  isSkipped: boolean;
  failure: { readonly error: unknown } | undefined;
}
