import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tracking } from './tracking.ts';

/**
 * Dependency tracking for Node: what a loader reads through the cache becomes a dependency of what it makes,
 * so that a change of the one reaches the other with no tag written by hand. At most 64 tags an entry, its
 * dependencies included; what depends on more is not stored, and an event says so.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { asyncTracking } from '@keepsake/core/tracking';
 *
 * const cache = createCache({ tracking: asyncTracking() });
 * let title = 'Summer';
 * const album = () => cache.getOrSet('album:7', () => title);
 * const page = () => cache.getOrSet('page', async () => `<h1>${await album()}</h1>`);
 * await page();
 * title = 'Autumn';
 * await cache.delete('album:7');
 * console.log(await page()); // <h1>Autumn</h1>
 * ```
 */
export const asyncTracking = (): Tracking => {
  const storage = new AsyncLocalStorage<Set<string>>();
  return {
    run: (scope, work) => storage.run(scope, work),
    current: () => storage.getStore(),
  };
};

export type { Tracking } from './tracking.ts';
