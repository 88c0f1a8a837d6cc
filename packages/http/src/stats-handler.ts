import { type Cache, CacheError } from '@keepsake/core';
import { isNodeRequest } from './called-by.ts';
import { hasFunctions, isObject, refuseNoCache } from './option-checks.ts';

/** What a report looks at of a request: that of fetch or Fastify, or the context of Hono. */
export type ReportRequest = { readonly method: string } | { readonly req: { readonly method: string } };

/**
 * A fetch handler that reports; the request may be left out. Hono and Fastify take it as it is. Where a response is
 * written to (`res` of node:http and Express) or set (Koa), send what it resolves with.
 */
export type ReportHandler = (request?: ReportRequest) => Promise<Response>;

const STATS_FIELDS = [
  'hits',
  'misses',
  'total_requests',
  'hit_rate',
  'sets',
  'deletes',
  'errors',
  'db_size',
] as const;

/**
 * The eight figures of a cache as flat JSON, counted in this process since its start. A response that is stored is
 * an entry like any other, and looking for it a read.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { statsHandler } from '@keepsake/http';
 *
 * const stats = statsHandler(createCache());
 * console.log(await (await stats()).json());
 * // { hits: 0, misses: 0, total_requests: 0, hit_rate: '0.00%', sets: 0, deletes: 0, errors: 0, db_size: 0 }
 * ```
 * @throws CacheError ERR_HTTP_OPTION where there is no cache.
 */
export const statsHandler = (cache: Cache): ReportHandler =>
  report(cache, 'application/json', async () => {
    const stats = await cache.stats();
    return JSON.stringify(Object.fromEntries(STATS_FIELDS.map((name) => [name, stats[name]])));
  });

/** A report on GET and HEAD, never cached. */
export const report = (cache: Cache, contentType: string, write: () => Promise<string>): ReportHandler => {
  refuseNoCache(cache);
  return async (request, ...rest: unknown[]) => {
    refuseResponses(request, rest);
    const method = methodOf(request);
    if (method !== 'GET' && method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { Allow: 'GET, HEAD' } });
    }
    const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store' };
    return new Response(method === 'HEAD' ? null : await write(), { headers });
  };
};

const methodOf = (request: ReportRequest | undefined): string => {
  if (!request) return 'GET';
  return 'method' in request ? request.method : request.req.method;
};

/** Called with something to write to: what is returned would be lost, and the client wait for ever. */
const refuseResponses = (request: unknown, [response]: readonly unknown[]): void => {
  const isKoa = isObject(request) && isNodeRequest(request['req']);
  if (!isKoa && !(isNodeRequest(request) && hasFunctions(response, ['end']))) return;
  throw new CacheError(
    'ERR_HTTP_OPTION',
    'statsHandler and metricsHandler return a Response: await it and send its text, ' +
      'as in res.type("json").send(await (await stats()).text())',
  );
};
