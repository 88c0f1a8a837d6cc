import type { Cache } from '@keepsake/core';
import { httpCache } from '@keepsake/http';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from './services.ts';

/** Previews and face crops fit; a large one or an original passes and is not stored. */
const MAX_BODY_BYTES = 128 * 1024;

/** Keeps small images ready to be sent, headers and all: neither the database nor the disk is asked again. */
export function imageCache(cache: Cache): MiddlewareHandler<ApiEnv> {
  const http = httpCache({ cache, maxBodyBytes: MAX_BODY_BYTES, query: { only: ['size'] } });
  const handle = http(async (_request: Request, load: () => Promise<Response>) => load());
  return async (c, next) => {
    const response = await handle(c.req.raw, async () => {
      await next();
      return c.res;
    });
    // Hono mixes a new response into one that is there already, unless that is taken away first.
    c.res = undefined;
    c.res = response;
  };
}
