import type { RequestListener } from 'node:http';
import type { Cache } from '@keepsake/core';
import type { Handle, HttpCacheOptions } from '@keepsake/http';
import type { Origin } from '../origin.ts';

export type SubjectOptions = Omit<HttpCacheOptions<unknown>, 'cache' | 'bypass' | 'tags'> & {
  cache: Cache;
  tags?: readonly string[];
};

/** An application that answers with what the origin says, from behind a cache. */
export interface Behind {
  readonly listener: RequestListener;
  readonly purge: Handle['purge'];
  /** Ends what the application itself holds. */
  readonly close?: () => Promise<void>;
}

export type Build = (origin: Origin, options: SubjectOptions) => Behind | Promise<Behind>;
