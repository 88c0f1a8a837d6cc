import { useSyncExternalStore } from 'react';
import type { ServerCost } from './server-timing.ts';

/** One API reply that the page on screen is made of. */
export interface Served extends ServerCost {
  path: string;
  /** As the browser saw it, queueing and network included. */
  ms: number;
}

export interface PageTiming {
  replies: readonly Served[];
  /** Time in which at least one of the page's requests was under way, measured in the browser. */
  waitedMs: number;
  pending: number;
}

const nothing: PageTiming = { replies: [], waitedMs: 0, pending: 0 };

/**
 * Adds up what the page on screen cost. A request belongs to the page it was started for: a reply that
 * arrives after the visitor has moved on is not counted for the next page.
 */
class PageTimingStore {
  #state: PageTiming = nothing;
  #page = 0;
  #busySince = 0;
  readonly #listeners = new Set<() => void>();

  startPage(): void {
    this.#page += 1;
    this.#publish(nothing);
  }

  /** Call the result when the reply is there; without a cost it only ends the wait. */
  begin(path: string): (cost: ServerCost | undefined) => void {
    const page = this.#page;
    const startedAt = performance.now();
    if (this.#state.pending === 0) this.#busySince = startedAt;
    this.#publish({ ...this.#state, pending: this.#state.pending + 1 });
    return (cost) => {
      if (page !== this.#page) return;
      const now = performance.now();
      const { replies, waitedMs, pending } = this.#state;
      this.#publish({
        replies: cost ? [...replies, { path, ms: now - startedAt, ...cost }] : replies,
        waitedMs: pending === 1 ? waitedMs + now - this.#busySince : waitedMs,
        pending: pending - 1,
      });
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): PageTiming => this.#state;

  #publish(state: PageTiming): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const pageTiming = new PageTimingStore();

export function usePageTiming(): PageTiming {
  return useSyncExternalStore(pageTiming.subscribe, pageTiming.snapshot);
}
