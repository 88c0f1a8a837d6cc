import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import type { FakeClock } from '@keepsake/core/testing';

/** The settings in which every row of the domain is tested. */
export const SETTINGS: readonly { readonly name: string; readonly make: (clock: FakeClock) => Cache }[] = [
  { name: 'memory', make: (clock) => createCache({ clock }) },
  { name: 'two tiers', make: (clock) => createCache({ clock, l2: new MemoryBackend({ clock }) }) },
];

/** Processes that share one second tier; without a bus a first tier lags behind by at most `stalenessMs`. */
export const makeProcesses = (count: number, clock: FakeClock): Cache[] => {
  const l2 = new MemoryBackend({ clock });
  return Array.from({ length: count }, () => createCache({ clock, l2 }));
};

/** All keys of a cache, in order. */
export const keysOf = async (cache: Cache): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of cache.keys()) keys.push(key);
  return keys.sort();
};
