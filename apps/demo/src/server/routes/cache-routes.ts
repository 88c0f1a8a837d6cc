import type { CacheStats } from '@keepsake/core';
import { Hono } from 'hono';

/** What the routes tell of the cache and of the work that it saves. */
export interface CacheReport {
  stats(): Promise<CacheStats>;
  readonly dbQueries: () => number;
  readonly instance: string;
}

export function cacheRoutes({ stats, dbQueries, instance }: CacheReport): Hono {
  const routes = new Hono();

  routes.get('/stats', async (c) => {
    const { hits, misses, total_requests, hit_rate, sets, deletes, errors, db_size } = await stats();
    return c.json({ hits, misses, total_requests, hit_rate, sets, deletes, errors, db_size });
  });

  routes.get('/stats/detail', async (c) => {
    const cache = await stats();
    return c.json({ status: 'ok', cache, dbQueries: dbQueries(), instance, stalenessMs: cache.stalenessMs });
  });

  return routes;
}
