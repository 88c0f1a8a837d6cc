import { useSyncExternalStore } from 'react';
import { pageTiming } from '../api/page-timing.ts';

export interface Location {
  path: string;
  query: URLSearchParams;
  /** How the visitor came here: decides whether the page starts at its top or where it was left. */
  cause: 'load' | 'push' | 'replace' | 'pop';
  /** Where the page was scrolled to when it was left. */
  scrollY: number;
}

interface HistoryState {
  scrollY?: number;
  /** How many pages of this app lie behind this one. */
  depth?: number;
}

const listeners = new Set<() => void>();
const stateNow = (): HistoryState => (history.state ?? {}) as HistoryState;
const read = (cause: Location['cause']): Location => ({
  path: location.pathname,
  query: new URLSearchParams(location.search),
  cause,
  scrollY: stateNow().scrollY ?? 0,
});

let current = read('load');

function publish(cause: Location['cause']): void {
  pageTiming.startPage();
  current = read(cause);
  for (const listener of listeners) listener();
}

export function startRouter(): void {
  history.scrollRestoration = 'manual';
  window.addEventListener('popstate', () => publish('pop'));
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const { depth = 0 } = stateNow();
  if (options.replace) {
    history.replaceState({ depth }, '', to);
    publish('replace');
    return;
  }
  rememberScroll();
  history.pushState({ depth: depth + 1 }, '', to);
  publish('push');
}

/** Back to the page the visitor came from, or to `fallback` when this page was opened by its address. */
export function goBack(fallback: string): void {
  if ((stateNow().depth ?? 0) > 0) history.back();
  else navigate(fallback, { replace: true });
}

function rememberScroll(): void {
  history.replaceState({ ...stateNow(), scrollY: window.scrollY }, '');
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useLocation(): Location {
  return useSyncExternalStore(subscribe, () => current);
}
