import type { ByteBudget } from './budget.ts';
import type { Digest } from './digest.ts';
import type { Flights } from './flights.ts';
import type { ResolvedHttpOptions } from './options.ts';
import type { PassList } from './pass-list.ts';
import type { ResponseStore } from './response-store.ts';

/** What the parts of one response cache share. */
export interface EngineParts {
  readonly options: ResolvedHttpOptions;
  readonly digest: Digest;
  readonly store: ResponseStore;
  readonly flights: Flights;
  readonly passList: PassList;
  readonly budget: ByteBudget;
  /** Told of what went wrong beside a response, which was served all the same. */
  readonly onError: (error: unknown) => void;
}
