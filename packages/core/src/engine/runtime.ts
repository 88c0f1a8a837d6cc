import type { Clock } from '../clock.ts';
import type { Reporter } from './reporter.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Backoffs } from './backoff.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { Flights } from './flight.ts';
import type { Keyspace } from './keyspace.ts';
import type { Shape, Tiers } from './tiers.ts';

/** What a cache and all its namespaces share. */
export interface Runtime {
  readonly tiers: Tiers;
  readonly flights: Flights;
  readonly bulkhead: Bulkhead;
  readonly backoffs: Backoffs;
  readonly clock: Clock;
}

/** What a call is made for: the names, options and stats of one namespace, and the shape of its values. */
export interface Scope {
  readonly runtime: Runtime;
  readonly options: ResolvedOptions;
  readonly reporter: Reporter;
  readonly space: Keyspace;
  readonly shape: Shape | undefined;
}
