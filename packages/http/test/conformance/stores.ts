import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { FaultyBackend } from '@keepsake/core/testing';
import { STORES } from '../caches.ts';

/** A store that answers late: what was stored must be found all the same. */
const slow = (): Cache => {
  const l2 = new FaultyBackend(new MemoryBackend());
  l2.delayMs = 50;
  return createCache({ l1: false, l2, l2Timeout: 5 });
};

export const CONFORMANCE_STORES: Readonly<Record<string, () => Cache>> = {
  memory: STORES['memory'] ?? slow,
  redis: STORES['redis'] ?? slow,
  slow,
};
