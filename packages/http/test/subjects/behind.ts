import type { RequestListener } from 'node:http';
import type { Cache } from '@keepsake/core';
import type { Handle, HttpCacheOptions } from '@keepsake/http';
import type { Origin, OriginRequest } from '../origin.ts';

export type SubjectOptions = Omit<HttpCacheOptions<unknown>, 'cache' | 'bypass' | 'tags'> & {
  cache: Cache;
  tags?: readonly string[];
};

/** What stands before the cache and lets a request through, or does not. */
export type Guard = (header: OriginRequest['header']) => boolean;

/** An application that answers with what the origin says, from behind a cache. */
export interface Behind {
  readonly listener: RequestListener;
  readonly purge: Handle['purge'];
  /** Ends what the application itself holds. */
  readonly close?: () => Promise<void>;
}

/** With a guard where one puts it in that framework. */
export type Build = (origin: Origin, options: SubjectOptions, guard: Guard) => Behind | Promise<Behind>;
