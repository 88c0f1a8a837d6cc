import type { Cache } from '@keepsake/core';

/** A fetch handler that reports; the request may be left out. */
export type ReportHandler = (request?: Request) => Promise<Response>;

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
 * The eight figures of a cache as flat JSON, counted in this process since its start.
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
 */
export const statsHandler = (cache: Cache): ReportHandler =>
  report('application/json', async () => {
    const stats = await cache.stats();
    return JSON.stringify(Object.fromEntries(STATS_FIELDS.map((name) => [name, stats[name]])));
  });

/** A report on GET and HEAD, never cached. */
export const report =
  (contentType: string, write: () => Promise<string>): ReportHandler =>
  async (request) => {
    const method = request?.method ?? 'GET';
    if (method !== 'GET' && method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { Allow: 'GET, HEAD' } });
    }
    const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store' };
    return new Response(method === 'HEAD' ? null : await write(), { headers });
  };
