import { useSyncExternalStore } from 'react';
import type { Health } from './types.ts';

export interface Connection {
  reachable: boolean;
  health: Health | undefined;
  /** When the server last answered. */
  seenAt: Date | undefined;
}

type ChangeListener = (now: Connection, before: Connection) => void;

const WARMING_MS = 1_000;
const LOST_MS = 2_000;
const STEADY_MS = 15_000;

/**
 * Follows `/healthz`: each second while photos are imported, each two seconds while the server is gone,
 * else each fifteen. A hidden tab asks nothing and catches up when it is shown.
 */
class ConnectionMonitor {
  #state: Connection = { reachable: true, health: undefined, seenAt: undefined };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  readonly #listeners = new Set<() => void>();
  readonly #onChange = new Set<ChangeListener>();

  start(): void {
    document.addEventListener('visibilitychange', () => this.check());
    window.addEventListener('online', () => this.check());
    window.addEventListener('offline', () => this.check());
    this.check();
  }

  /** Asks now, whatever the timer says. */
  check(): void {
    if (this.#asking || document.hidden) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    void this.#ask().finally(() => {
      this.#asking = false;
      this.#timer = setTimeout(() => this.check(), this.#pauseMs());
    });
  }

  onChange(listener: ChangeListener): void {
    this.#onChange.add(listener);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Connection => this.#state;

  async #ask(): Promise<void> {
    try {
      const response = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(5_000) });
      if (!response.ok) throw new Error(`/healthz answered ${response.status}`);
      const health = (await response.json()) as Health;
      this.#publish({ reachable: true, health, seenAt: new Date() });
    } catch (error) {
      if (this.#state.reachable) console.warn('The server cannot be reached:', error);
      this.#publish({ ...this.#state, reachable: false });
    }
  }

  #pauseMs(): number {
    if (!this.#state.reachable) return LOST_MS;
    const { health } = this.#state;
    return health?.ready && health.import.state !== 'running' ? STEADY_MS : WARMING_MS;
  }

  #publish(state: Connection): void {
    const before = this.#state;
    this.#state = state;
    for (const listener of this.#listeners) listener();
    for (const listener of this.#onChange) listener(state, before);
  }
}

export const connection = new ConnectionMonitor();

export function useConnection(): Connection {
  return useSyncExternalStore(connection.subscribe, connection.snapshot);
}
