import { useLayoutEffect } from 'react';
import type { Location } from './location.ts';

/** A new page starts at its top; going back returns to where the page was left. */
export function useScrollPosition(location: Location): void {
  useLayoutEffect(() => {
    if (location.cause === 'push' || location.cause === 'replace') {
      window.scrollTo(0, 0);
      return;
    }
    if (location.cause !== 'pop') return;
    // One frame later: lists measure their width and take their height first.
    const frame = requestAnimationFrame(() => window.scrollTo(0, location.scrollY));
    return () => cancelAnimationFrame(frame);
  }, [location]);
}
