import { checkFunction } from './check.ts';
import type { MissReason } from './entry.ts';

/** Which tier an event is about. */
export type Tier = 'l1' | 'l2';

/** What every event carries. `atMs` is wall time, milliseconds since the epoch. Never a value. */
export interface EventBase {
  readonly cache: string;
  readonly namespace: string;
  readonly key?: string;
  readonly tier?: Tier;
  readonly atMs: number;
}

/** Own fields of each event, by its name (`noun.verb`). */
export interface CacheEvents {
  'entry.hit': { stale: boolean; negative: boolean };
  'entry.missed': { reason: MissReason };
  'entry.stored': { ttlMs: number };
  'entry.deleted': object;
  'entry.expired': object;
  'entry.evicted': object;
  /**
   * `dependencies`: it depends on more than an entry may carry tags. `schema`: a family's validator or migration threw,
   * or did not answer in time.
   */
  'entry.rejected': {
    reason: 'too-large' | 'serialize' | 'full' | 'corrupt' | 'dependencies' | 'schema';
  };
  'load.started': object;
  'load.finished': { durationMs: number };
  'load.failed': { durationMs: number; error: unknown };
  'load.joined': object;
  'load.fenced': object;
  'load.timed-out': { kind: 'soft' | 'hard' };
  'tag.invalidated': { tags: readonly string[] };
  'invalidation.deferred': { waiting: number };
  'invalidation.replayed': { count: number };
  'backend.failed': { operation: string; error: unknown };
  'backend.recovered': object;
  /** The store is left alone, tried again, or in use. */
  'breaker.changed': { state: 'closed' | 'open' | 'half-open' };
  /** Invalidations of other processes are heard, or were missed: then L1 is not served. */
  'bus.up': object;
  'bus.down': object;
}

export type CacheEventName = keyof CacheEvents;
export type CacheEvent<N extends CacheEventName = CacheEventName> = EventBase & CacheEvents[N];
export type CacheListener<N extends CacheEventName> = (event: CacheEvent<N>) => void;

/**
 * Delivers events to subscribers, in the order they happened, at once. A listener that throws is told to
 * `onListenerError` and disturbs neither the others nor the cache.
 */
export class EventHub {
  readonly #onListenerError: (name: CacheEventName, error: unknown) => void;
  readonly #listeners = new Map<CacheEventName, Set<(event: never) => void>>();

  constructor(onListenerError: (name: CacheEventName, error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  on<N extends CacheEventName>(name: N, listener: CacheListener<N>): () => void {
    checkFunction('listener', listener);
    this.isHeard = true;
    let set = this.#listeners.get(name);
    if (!set) this.#listeners.set(name, (set = new Set()));
    const own: CacheListener<N> = (event) => listener(event);
    set.add(own);
    return () => void set.delete(own);
  }

  /** Whether anybody ever listened: all that a cache without listeners pays for an event. */
  isHeard = false;

  /** Whether building the event is worth it. */
  has(name: CacheEventName): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<N extends CacheEventName>(name: N, event: CacheEvent<N>): void {
    const tell = (error: unknown): void => this.#onListenerError(name, error);
    for (const listener of (this.#listeners.get(name) ?? []) as Set<CacheListener<N>>) {
      try {
        const result = listener(event) as unknown;
        if (result instanceof Promise) result.catch(tell);
      } catch (error) {
        tell(error);
      }
    }
  }
}
