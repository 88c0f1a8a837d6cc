import type { Clock } from '../clock.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { Flights } from './flight.ts';
import type { Tiers } from './tiers.ts';

/** What a cache and all its namespaces share. */
export interface Runtime {
  readonly tiers: Tiers;
  readonly flights: Flights;
  readonly bulkhead: Bulkhead;
  readonly clock: Clock;
}
