import type { Bus } from './bus.ts';
import type { Entry, MissReason } from './entry.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { RemovalMode } from './removal.ts';

export type { MaybePromise } from './maybe-promise.ts';
export type { RemovalMode } from './removal.ts';

/**
 * The right to fill a key after a miss. Opaque to all but the backend that gave it. It ends with the first
 * store, delete, expire, tag invalidation or clear that reaches the key (or a tag of what is stored) after
 * it was given: a fill that shows an ended fence is refused.
 */
export interface BackendFence {
  readonly key: string;
  /** The backend's invalidation number when the fence was given; what is filled carries it. */
  readonly number: number;
  /** What the backend compares, where the number alone does not say it. */
  readonly token: string;
}

/**
 * `'if-free'`: none where another holds one. `'fence'`: the same for a caller that may forget it (see
 * ReadIntent). `'take'`: the other's ends.
 */
export type CaptureMode = 'if-free' | 'fence' | 'take';

/** A read that found nothing usable. */
export interface Miss {
  readonly reason: MissReason;
  /** Given for intents `'fill'` and `'fence'`; absent when another process holds the right to fill. */
  readonly fence?: BackendFence;
  /** Another process holds the right to fill for at most this long. */
  readonly heldForMs?: number;
}

/**
 * `'read'`: just look. `'fill'`: the caller makes the value on a miss and wants a fence, which it will show
 * or give back. `'fence'`: like fill, but the caller may forget it: a shared backend keeps it briefly only.
 */
export type ReadIntent = 'read' | 'fill' | 'fence';

export const isMiss = (read: Entry | Miss): read is Miss => 'reason' in read;

/** How long an entry lives, as lengths from the moment of the store; Infinity = forever. */
export interface Lifetime {
  readonly freshMs: number;
  /** After the fresh time: served stale at once, refreshed behind. */
  readonly swrMs: number;
  /** After the fresh time: served stale when the loader fails (>= swrMs). */
  readonly graceMs: number;
  /** See Entry.slidingMs. */
  readonly slidingMs: number;
}

/** `'always'`: unconditional. `'absent'`: only where no entry is. A fence: only if it has not ended. */
export type StoreCondition = 'always' | 'absent' | BackendFence;

export interface StoreItem {
  readonly key: string;
  readonly value: unknown;
  readonly life: Lifetime;
  /** How old the value is already: a copy of another tier's entry. */
  readonly ageMs: number;
  readonly costMs: number;
  readonly negative: boolean;
  readonly tags: readonly string[];
  readonly version: number;
  /**
   * Where values stay in this process: for whom the value is known to be of the right form. A backend that does
   * not give it back has its values looked at again.
   */
  readonly acceptedBy?: object | undefined;
  /** A value that needs more is refused with `'too-large'`. */
  readonly maxBytes: number;
  readonly condition: StoreCondition;
}

/**
 * `stored`; `fenced`: the fence has ended; `present`: an entry is there (condition `absent`);
 * `too-large`; `full`: the store refused for memory; `unknown`: sent, and no answer came.
 */
export type StoreOutcome = 'stored' | 'fenced' | 'present' | 'too-large' | 'full' | 'unknown';

/** What a backend tells of its own accord. */
export type BackendEvent =
  | { readonly type: 'evicted' | 'expired'; readonly key: string }
  | { readonly type: 'corrupt'; readonly key: string; readonly detail: string }
  | { readonly type: 'failed'; readonly operation: string; readonly error: unknown }
  | { readonly type: 'recovered' };

export interface BackendCapabilities {
  /** Other processes see the same data. */
  readonly shared: boolean;
  /** Values leave the process as bytes: what comes back is a copy already, and untrusted. */
  readonly serializes: boolean;
  /**
   * A tag `#<key>` is raised by each store (but a fill under a fence) and each removal of that key, in the same
   * step. Where it is not, the cache raises it after the change.
   */
  readonly keyTags?: boolean;
}

/**
 * A place where entries live. Keys come in full (namespace included), checked and escaped; times are
 * judged by the backend. Each method is an obligation:
 *
 * - A read that began after a removal was acknowledged never returns what the removal hit.
 * - Of a store and a removal under way at once, either order may result, never a mixture.
 * - Operations on one key are atomic.
 * - A failure rejects (or throws) with CacheError ERR_UNAVAILABLE or ERR_TIMEOUT, and then the outcome of
 *   a write is unknown; corrupt or foreign data is a miss with its reason, never a rejection.
 * - Nothing hangs: every promise settles within the backend's own deadline.
 *
 * `backendSuite` of `@keepsake/core/testing` checks them all.
 */
export interface CacheBackend {
  readonly name: string;
  readonly capabilities: BackendCapabilities;

  /**
   * One key. True after it: nothing changed but recency, and with `'fill'` a fence may be held. While a fence
   * is open, a further miss gets none, or one that ends with it: one of their holders fills.
   */
  get(key: string, intent: ReadIntent): MaybePromise<Entry | Miss>;
  /** One answer a key, in the order asked. Expired or invalidated entries are misses. */
  getMany(keys: readonly string[], intent: ReadIntent): MaybePromise<readonly (Entry | Miss)[]>;
  /** One outcome an item, in order; later items of the same key win. A store ends the key's fences. */
  setMany(items: readonly StoreItem[]): MaybePromise<readonly StoreOutcome[]>;
  /** A fence for a key whose entry is there: stale, or to be replaced whatever it is. */
  capture(key: string, mode: CaptureMode): MaybePromise<BackendFence | undefined>;
  /** Gives fences back unused: a load failed or was skipped. Idempotent. */
  release(fences: readonly BackendFence[]): MaybePromise<void>;
  /** Removes keys, ends their fences whether an entry is there or not; gives how many entries it hit. */
  removeMany(keys: readonly string[], mode: RemovalMode): MaybePromise<number>;
  /** Every entry that carries one of the tags and was made from data read before now is gone or stale. */
  invalidateTags(tags: readonly string[], mode: RemovalMode): MaybePromise<void>;
  /** Deletes the keys that match a glob (semantics of Redis SCAN MATCH); ends fences of all that match. */
  clear(pattern: string): MaybePromise<number>;
  /**
   * A present entry is fresh for `freshMs` (Infinity = forever) from now; false where none is. Value, tags and the
   * lengths of its stale windows stay; one that slides slides by the new length.
   */
  touch(key: string, freshMs: number): MaybePromise<boolean>;
  /**
   * Adds to an integer, created at 0 with `ttlMs` (Infinity = forever; an existing one keeps its own).
   * Exactly once where it resolves. Rejects ERR_COUNTER where the value is no integer or would leave
   * the safe range (2^53-1), ERR_UNAVAILABLE where the outcome is unknown.
   */
  increment(key: string, by: number, ttlMs: number): MaybePromise<number>;
  /** Keys that match, each at least once if it was there throughout; bounded steps. */
  keys(pattern: string): AsyncIterable<string> | Iterable<string>;
  /** How many live keys match; all where no pattern is given. */
  size(pattern?: string): MaybePromise<number>;
  /** Resolves when the backend can serve; rejects ERR_CONNECT, with the reason, after `timeoutMs`. */
  connect(timeoutMs: number): MaybePromise<void>;
  /** Frees what it holds. Idempotent. Whatever is called afterwards rejects ERR_CLOSED. */
  close(): MaybePromise<void>;
  /**
   * Optional. Resolves once the fill of a key that another process holds the right to has happened or was given up,
   * and after `ms` (its `heldForMs`) at the latest. Woken too often does no harm.
   */
  waitForFill?(key: string, ms: number): Promise<void>;
  /**
   * Optional. From now on each store (but a fill under a fence), removal, tag invalidation and clear is told on the
   * bus in the same step, as from link `linkId`: a crash in between leaves nobody uninformed. False: it
   * cannot on this bus, and the cache tells it after the step.
   */
  announceOn?(bus: Bus, linkId: string): boolean;
  /** Calls `listener` on each event; gives back the end of the subscription. Listeners must not throw. */
  subscribe(listener: (event: BackendEvent) => void): () => void;
}
