import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { type Cache, type CacheBackend, isMiss } from '@keepsake/core';
import type { FakeClock } from '@keepsake/core/testing';
import type { ReferenceCache } from './reference-cache.ts';

/** Where a command acts: the root, or the namespace `c` below it. */
export type Site = '' | 'c:';

/** The real thing: one cache with a namespace, on one backend and one virtual clock. */
export interface World {
  readonly clock: FakeClock;
  /** The backend below the cache, for looking at what is stored without a trace. */
  readonly backend: CacheBackend;
  readonly caches: Readonly<Record<Site, Cache>>;
  readonly onStep: () => void;
}

export const KEYS = ['a', 'b', 'ab', 'x:1', 'x:2', 'n'] as const;
export const TAGS = ['t1', 't2', 't3'] as const;
const SITES: readonly Site[] = ['', 'c:'];

/** Lets all that waits for no timer come to its end. */
export const settle = (): Promise<void> => setImmediate();

/** What must hold after every command. */
export const checkInvariants = async (model: ReferenceCache, world: World): Promise<void> => {
  for (const site of SITES) {
    for (const local of KEYS) await checkEntry(site + local, model, world);
  }
  for (const site of SITES) {
    const cache = world.caches[site];
    const live = model.liveKeys(site).map((key) => key.slice(site.length));
    const listed: string[] = [];
    for await (const key of cache.keys()) listed.push(key);
    assert.deepEqual(listed.sort(), live.sort(), `keys of '${site}'`);
    await checkStats(site, live.length, model, world);
  }
};

const checkEntry = async (key: string, model: ReferenceCache, world: World): Promise<void> => {
  const found = await world.backend.get(key, 'read');
  const known = model.entries.get(key);
  if (isMiss(found) || found.graceUntil <= world.clock.now()) {
    assert.equal(model.state(key), 'gone', `${key} is gone`);
    return;
  }
  assert.ok(known && model.state(key) !== 'gone', `${key} is there`);
  const { value, negative, freshUntil, swrUntil, graceUntil } = found;
  assert.deepEqual(
    { value, negative, freshUntil, swrUntil, graceUntil },
    {
      value: known.value,
      negative: known.negative,
      freshUntil: known.freshUntil,
      swrUntil: known.swrUntil,
      graceUntil: known.graceUntil,
    },
    `entry ${key}`,
  );
};

const checkStats = async (site: Site, size: number, model: ReferenceCache, world: World): Promise<void> => {
  const stats = await world.caches[site].stats();
  const expected = model.requests(site);
  // Whether a load that failed counts as a miss is left open.
  expected.misses += Math.min(expected.failures, Math.max(0, stats.misses - expected.misses));
  expected.failures = 0;
  const { hits, misses, total_requests, db_size } = stats;
  assert.deepEqual(
    { hits, misses, total_requests, db_size },
    { hits: expected.hits, misses: expected.misses, total_requests: hits + misses, db_size: size },
    `stats of '${site}'`,
  );
  assert.equal(await world.caches[site].size(), size, `size of '${site}'`);
};
