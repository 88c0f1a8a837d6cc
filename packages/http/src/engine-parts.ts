import type { Invalidation } from '@keepsake/core';
import type { ByteBudget } from './budget.ts';
import type { Digest } from './digest.ts';
import type { Flights } from './flights.ts';
import type { GroupOrigins } from './group-origins.ts';
import type { ResolvedHttpOptions } from './options.ts';
import type { PassList } from './pass-list.ts';
import type { ReflectionWatch } from './reflection-watch.ts';
import type { ResponseStore } from './response-store.ts';
import type { StoredAges } from './stored-ages.ts';

/** What the parts of one response cache share. */
export interface EngineParts {
  readonly options: ResolvedHttpOptions;
  readonly digest: Digest;
  readonly store: ResponseStore;
  readonly flights: Flights;
  readonly ages: StoredAges;
  readonly groups: GroupOrigins;
  /** URLs whose responses are not stored. */
  readonly passList: PassList;
  /** URLs whose responses are validated on each use, so that nobody gains by waiting for another. */
  readonly unshared: PassList;
  readonly budget: ByteBudget;
  /** Removes what is stored of a URL, and keeps what is under way from being stored. Never rejects. */
  readonly remove: (url: string) => Promise<Invalidation>;
  /** Removes what carries one of the tags, and keeps what is under way from being stored. Never rejects. */
  readonly invalidateTags: (tags: readonly string[]) => Promise<Invalidation>;
  /** Of the app's cache: what handlers read through it is known. */
  readonly isTracking: () => boolean;
  /** Shown what has been stored; undefined in production. */
  readonly watch: ReflectionWatch | undefined;
  /** Told of what went wrong beside a response, which was served all the same. */
  readonly onError: (error: unknown) => void;
}
