/**
 * The reference model: what a cache is to answer, said as simply as possible. One Map, every removal carried
 * out at once, no concurrency. Keys and tags come in full; a namespace `c` is the prefix `c:`.
 */
import { ReferenceBackoffs } from './reference-backoffs.ts';
import {
  expired,
  makeReference,
  type ReferenceEntry,
  type ReferenceState,
  slid,
  stateOf,
  type Wish,
} from './reference-entry.ts';

/** What a scripted loader does. */
export interface LoadScript {
  readonly outcome: 'value' | 'throw' | 'undefined';
  readonly value: unknown;
  readonly skip: boolean;
  readonly setTtlMs: number | undefined;
  readonly addTags: readonly string[];
}

export interface LoadWish extends Wish {
  readonly negativeMs: number | undefined;
}

/** What a call that may load is expected to do. */
export interface Expected {
  readonly error: boolean;
  readonly value: unknown;
  readonly loaded: boolean;
  /** What the loader is told of the value before; undefined: nothing. */
  readonly previous: { readonly value: unknown } | undefined;
}

export interface Requests {
  hits: number;
  misses: number;
  /** Failed loads, which may or may not count as misses. */
  failures: number;
}

export class ReferenceCache {
  readonly entries: Map<string, ReferenceEntry> = new Map();
  readonly #now: () => number;
  readonly #requests = new Map<string, Requests>();
  readonly #backoffs = new ReferenceBackoffs();

  constructor(now: () => number) {
    this.#now = now;
  }

  state(key: string): ReferenceState {
    return stateOf(this.entries.get(key), this.#now());
  }

  /** Whether a plain read answers with a value. */
  isServable(key: string): boolean {
    const state = this.state(key);
    return (state === 'fresh' || state === 'swr') && this.entries.get(key)?.negative === false;
  }

  liveKeys(prefix: string): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix) && this.state(key) !== 'gone');
  }

  requests(prefix: string): Requests {
    let requests = this.#requests.get(prefix);
    if (!requests) this.#requests.set(prefix, (requests = { hits: 0, misses: 0, failures: 0 }));
    return requests;
  }

  get(key: string): unknown {
    const entry = this.entries.get(key);
    const state = this.state(key);
    if (!entry || state === 'grace' || state === 'gone') {
      this.#count(key, 'misses');
      return undefined;
    }
    this.#count(key, 'hits');
    if (state === 'fresh') this.entries.set(key, slid(entry, this.#now()));
    return entry.negative ? undefined : entry.value;
  }

  set(key: string, value: unknown, wish: Wish): void {
    this.entries.set(key, makeReference(value, wish, this.#now()));
  }

  setIfAbsent(key: string, value: unknown, wish: Wish): boolean {
    if (this.isServable(key)) return false;
    this.set(key, value, wish);
    return true;
  }

  touch(key: string, ttlMs: number): boolean {
    const entry = this.entries.get(key);
    if (!entry || this.state(key) === 'gone') return false;
    const windowMs = (until: number): number =>
      entry.freshUntil === Infinity ? 0 : until - entry.freshUntil;
    const freshUntil = this.#now() + ttlMs;
    this.entries.set(key, {
      ...entry,
      freshUntil,
      swrUntil: freshUntil + windowMs(entry.swrUntil),
      graceUntil: freshUntil + windowMs(entry.graceUntil),
      slidingMs: entry.slidingMs > 0 && ttlMs !== Infinity ? ttlMs : 0,
    });
    return true;
  }

  delete(keys: readonly string[]): number {
    const live = [...new Set(keys)].filter((key) => this.state(key) !== 'gone');
    for (const key of keys) this.entries.delete(key);
    return live.length;
  }

  expire(key: string): number {
    const entry = this.entries.get(key);
    if (!entry || this.state(key) === 'gone') return 0;
    this.entries.set(key, expired(entry, this.#now()));
    return 1;
  }

  invalidateTags(tags: readonly string[], mode: 'delete' | 'expire'): void {
    for (const [key, entry] of this.entries) {
      if (!entry.tags.some((tag) => tags.includes(tag))) continue;
      if (mode === 'delete') this.delete([key]);
      else this.expire(key);
    }
  }

  clear(matches: (key: string) => boolean): number {
    return this.delete([...this.entries.keys()].filter(matches));
  }

  increment(key: string, by: number, ttlMs: number | undefined): number | 'ERR_COUNTER' {
    const known = this.isServable(key) ? this.entries.get(key) : undefined;
    const total = known ? known.value : 0;
    if (!Number.isSafeInteger(total)) return 'ERR_COUNTER';
    const next = (total as number) + by;
    const fresh = { ttlMs, swrMs: 0, graceMs: 0, sliding: false, tags: [] };
    this.entries.set(key, known ? { ...known, value: next } : makeReference(next, fresh, this.#now()));
    return next;
  }

  getOrSet(key: string, script: LoadScript, wish: LoadWish, isForced: boolean): Expected {
    const state = isForced ? 'gone' : this.state(key);
    const entry = this.entries.get(key);
    const previous = entry && !entry.negative && state !== 'gone' ? { value: entry.value } : undefined;
    const waits = this.#backoffs.isWaiting(key, this.#now(), entry?.freshUntil ?? 0);
    if (entry && (state === 'fresh' || state === 'swr')) {
      const value = this.get(key);
      const loaded = state === 'swr' && !waits;
      if (loaded) this.#keep(key, script, wish, previous !== undefined);
      return { error: false, value, loaded, previous };
    }
    if (previous && (waits || script.outcome === 'throw')) {
      this.#count(key, 'hits');
      if (!waits) this.#keep(key, script, wish, true);
      return { error: false, value: previous.value, loaded: !waits, previous };
    }
    this.#count(key, script.outcome === 'throw' ? 'failures' : 'misses');
    this.#keep(key, script, wish, previous !== undefined);
    const value = script.outcome === 'value' ? script.value : undefined;
    return { error: script.outcome === 'throw', value, loaded: true, previous };
  }

  /** What a load leaves behind. */
  #keep(key: string, script: LoadScript, wish: LoadWish, isCovered: boolean): void {
    if (script.outcome === 'throw') {
      if (isCovered) this.#backoffs.failed(key, this.#now());
      return;
    }
    this.#backoffs.succeeded(key);
    if (script.skip) return;
    const tags = [...wish.tags, ...script.addTags];
    if (script.outcome === 'value') {
      this.set(key, script.value, { ...wish, tags, ttlMs: script.setTtlMs ?? wish.ttlMs });
    } else if (wish.negativeMs !== undefined) {
      const life = { ttlMs: wish.negativeMs, swrMs: 0, graceMs: 0, sliding: false, tags };
      this.entries.set(key, { ...makeReference(undefined, life, this.#now()), negative: true });
    }
  }

  #count(key: string, what: keyof Requests): void {
    const end = key.indexOf(':');
    for (const prefix of new Set(['', key.slice(0, end + 1)])) this.requests(prefix)[what] += 1;
  }
}
