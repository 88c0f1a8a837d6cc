import { useEffect, useState } from 'react';
import { resources } from '../api/resources.ts';
import type { CacheStats } from '../api/types.ts';

export interface Sample {
  hits: number;
  misses: number;
}

/** One minute. */
export const MAX_SAMPLES = 60;
const EVERY_MS = 1_000;

/**
 * Reads in each of the last 60 seconds, from what `/cache/stats` counts up. A hidden tab takes none, and
 * the first after it is shown again is left out: it would hold the whole pause.
 */
export function useSamples(live: boolean): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    if (!live) return;
    let before: CacheStats | undefined;
    const take = async (): Promise<void> => {
      if (document.hidden) {
        before = undefined;
        return;
      }
      await resources.refresh('/cache/stats', false);
      const { data, error } = resources.read('/cache/stats');
      // The path's own shape, as the API documents it.
      const now = error ? undefined : (data as CacheStats | undefined);
      const earlier = before;
      before = now;
      if (!now || !earlier || now.total_requests < earlier.total_requests) return;
      const sample = { hits: now.hits - earlier.hits, misses: now.misses - earlier.misses };
      setSamples((kept) => [...kept, sample].slice(-MAX_SAMPLES));
    };
    void take();
    const timer = setInterval(() => void take(), EVERY_MS);
    return () => clearInterval(timer);
  }, [live]);
  return samples;
}
