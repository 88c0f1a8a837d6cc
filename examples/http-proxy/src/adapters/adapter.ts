import type { RequestListener } from 'node:http';
import type { HttpCacheOptions } from '@keepsake/http';

/** A proxy in front of the origin, in one framework. */
export type Adapter = (
  options: HttpCacheOptions<unknown>,
  origin: URL,
) => RequestListener | Promise<RequestListener>;
