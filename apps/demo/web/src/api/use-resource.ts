import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { resources, type Resource } from './resources.ts';

interface UseResourceOptions {
  /** Counts for the page's cache chip (default), or belongs to the frame around it. */
  counted?: boolean;
}

const none: Resource<never> = { data: undefined, error: undefined, loading: false };

/** The reply to `GET /api/v1<path>`: what is known at once, refreshed when the component appears. */
export function useResource<T>(path: string | undefined, options?: UseResourceOptions): Resource<T> {
  const [only] = useResources<T>(path === undefined ? [] : [path], options);
  return only ?? none;
}

/** Several replies at once, in the order of the paths. */
export function useResources<T>(paths: readonly string[], options?: UseResourceOptions): Resource<T>[] {
  const counted = options?.counted ?? true;
  const joined = paths.join('\n');
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = split(joined).map((path) => resources.subscribe(path, listener));
      return () => stops.forEach((stop) => stop());
    },
    [joined],
  );
  const revisions = useCallback(
    () =>
      split(joined)
        .map((path) => resources.revision(path))
        .join(),
    [joined],
  );
  useSyncExternalStore(subscribe, revisions);
  useEffect(() => {
    const ask = (): void => {
      for (const path of split(joined)) void resources.refresh(path, counted);
    };
    if (counted) {
      ask();
      return;
    }
    // The frame waits until the page has asked, and joins: what both need is counted for the page.
    const timer = setTimeout(ask);
    return () => clearTimeout(timer);
  }, [joined, counted]);
  // The caller names the shape; the API's contract is what makes it true.
  return paths.map((path) => resources.read(path) as Resource<T>);
}

const split = (joined: string): string[] => (joined === '' ? [] : joined.split('\n'));
