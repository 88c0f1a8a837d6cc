import { useEffect } from 'react';
import { resources } from '../api/resources.ts';
import type { CacheStats } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import type { ApiError } from '../api/api-error.ts';

interface CacheStatsNow {
  stats: CacheStats | undefined;
  error: ApiError | undefined;
}

/** The cache's numbers, asked for again every `everyMs` while the tab is visible. */
export function useCacheStats(everyMs: number): CacheStatsNow {
  const { data, error } = useResource<CacheStats>('/cache/stats', { counted: false });
  usePolling('/cache/stats', everyMs);
  return { stats: data, error };
}

/** Refreshes a path at a pace; a hidden tab asks nothing and catches up when it is shown. 0 stops. */
export function usePolling(path: string, everyMs: number): void {
  useEffect(() => {
    if (everyMs === 0) return;
    const ask = (): void => {
      if (!document.hidden) void resources.refresh(path, false);
    };
    const timer = setInterval(ask, everyMs);
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [path, everyMs]);
}
