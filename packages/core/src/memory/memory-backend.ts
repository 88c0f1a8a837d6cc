import type {
  BackendCapabilities,
  BackendEvent,
  BackendFence,
  CacheBackend,
  CaptureMode,
  Lifetime,
  Miss,
  ReadIntent,
  RemovalMode,
  StoreItem,
  StoreOutcome,
} from '../backend.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Entry, MissReason } from '../entry.ts';
import { CacheError } from '../errors.ts';
import { compileGlob } from '../glob.ts';
import type { CurveSummary } from '../curve/curve-summary.ts';
import type { AccessSampler } from './access-sampler.ts';
import { Departures } from './departures.ts';
import { FenceTable } from './fence-table.ts';
import { expiredAt, isServable, makeEntry, renewed } from './memory-entry.ts';
import { DEFAULT_MAX_BYTES, type MemoryOptions } from './memory-options.ts';
import { createMemoryStore, DEFAULT_MAX_ENTRIES, type MemoryStore } from './memory-store.ts';
import { TagLedger } from './tag-ledger.ts';
import { ENTRY_OVERHEAD_BYTES, weighValue } from './weigh.ts';

/**
 * Entries in the memory of this process, bounded by number and bytes, by reference (the cache in front
 * copies). Every answer is synchronous. Everything is lost with the process.
 *
 * @example
 * ```ts
 * import { createCache, MemoryBackend } from '@keepsake/core';
 *
 * const cache = createCache({ l1: new MemoryBackend({ maxEntries: 1_000 }) });
 * await cache.set('photo:1', { title: 'Dawn' });
 * ```
 */
export class MemoryBackend implements CacheBackend {
  readonly name = 'memory';
  readonly capabilities: BackendCapabilities = { shared: false, serializes: false, keyTags: true };
  readonly #clock: Clock;
  readonly #sampler: AccessSampler | undefined;
  readonly #maxEntries: number;
  readonly #weigh: (value: unknown, key: string) => number;
  readonly #store: MemoryStore<Entry>;
  readonly #fences = new FenceTable();
  readonly #ledger = new TagLedger();
  readonly #departures = new Departures();
  readonly #listeners = new Set<(event: BackendEvent) => void>();
  #closed = false;

  constructor(options: MemoryOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    const { weigh, maxEntries, maxBytes, policy, sampler } = options;
    this.#sampler = sampler;
    this.#maxEntries = maxEntries ?? DEFAULT_MAX_ENTRIES;
    this.#weigh = weigh ?? ((value, key) => weighValue(value) + key.length * 2 + ENTRY_OVERHEAD_BYTES);
    this.#store = createMemoryStore<Entry>({
      ...(maxEntries !== undefined && { maxEntries }),
      maxBytes: maxBytes ?? DEFAULT_MAX_BYTES,
      ...(policy !== undefined && { policy }),
      ...(sampler !== undefined && { sampler }),
      clock: this.#clock,
      weigh: (entry, key) => this.#weigh(entry.value, key),
      onEvict: (key, reason) => {
        this.#departures.note(key, reason);
        for (const listener of this.#listeners) listener({ type: reason, key });
      },
    });
  }

  /** What the sampler, if there is one, says of other sizes. */
  curve(accesses: number): CurveSummary | undefined {
    return accesses > 0 ? this.#sampler?.summary?.(this.#maxEntries, accesses) : undefined;
  }

  /** Estimated bytes of all entries. */
  get bytes(): number {
    return this.#store.bytes;
  }

  /** What a caller asks for first: a `get` that makes no miss. */
  look(key: string): Entry | undefined {
    this.#check();
    const entry = this.#store.get(key);
    if (entry === undefined || entry.tags.length === 0) return entry;
    const found = this.#judged(key, entry);
    return typeof found === 'string' ? undefined : found;
  }

  get(key: string, intent: ReadIntent): Entry | Miss {
    this.#check();
    this.#store.get(key); // it counts as a use
    const found = this.#find(key);
    if (typeof found !== 'string') return found;
    return intent === 'read' ? { reason: found } : { reason: found, fence: this.#shareFence(key, intent) };
  }

  getMany(keys: readonly string[], intent: ReadIntent): (Entry | Miss)[] {
    return keys.map((key) => this.get(key, intent));
  }

  setMany(items: readonly StoreItem[]): StoreOutcome[] {
    this.#check();
    return items.map((item) => this.#setOne(item));
  }

  capture(key: string, mode: CaptureMode): BackendFence | undefined {
    this.#check();
    if (mode === 'take') return this.#openFence(key, 'fill');
    if (mode === 'fence') return this.#shareFence(key, 'fence');
    return this.#fences.isTaken(key) ? undefined : this.#shareFence(key, 'fill');
  }

  release(fences: readonly BackendFence[]): void {
    for (const fence of fences) this.#fences.release(fence.key, fence.number);
  }

  removeMany(keys: readonly string[], mode: RemovalMode): number {
    this.#check();
    let count = 0;
    for (const key of keys) {
      this.#fences.end(key);
      this.#ledger.changed(key, mode, this.#clock.now());
      const found = this.#find(key);
      if (typeof found === 'string') continue;
      count += 1;
      if (mode === 'expire') this.#replace(key, expiredAt(found, this.#clock.now()), 'expired');
      else this.#remove(key, 'deleted');
    }
    return count;
  }

  invalidateTags(tags: readonly string[], mode: RemovalMode): void {
    this.#check();
    const now = this.#clock.now();
    for (const tag of tags) this.#ledger.invalidate(tag, mode, now);
  }

  clear(pattern: string): number {
    this.#check();
    const matches = compileGlob(pattern, 'any length');
    this.#fences.endMatching(matches);
    this.#ledger.changedMatching(matches, this.#clock.now());
    let count = 0;
    for (const key of [...this.#store.keys()]) {
      if (!matches(key)) continue;
      if (typeof this.#find(key) !== 'string') count += 1;
      this.#remove(key, 'cleared');
    }
    return count;
  }

  touch(key: string, freshMs: number): boolean {
    this.#check();
    const found = this.#find(key);
    if (typeof found === 'string') return false;
    const again = renewed(found, freshMs, this.#clock.now());
    // What expired its tags before now is answered by the new life.
    this.#replace(key, { ...again, number: this.#ledger.current }, 'expired');
    return true;
  }

  increment(key: string, by: number, ttlMs: number): number {
    this.#check();
    const now = this.#clock.now();
    const found = this.#find(key);
    const known = typeof found !== 'string' && isServable(found, now) ? found : undefined;
    const total = (known ? known.value : 0) as number;
    if (!Number.isSafeInteger(total) || !Number.isSafeInteger(total + by)) {
      throw new CacheError('ERR_COUNTER', 'increment: it is, or would be, no safe integer');
    }
    this.#fences.end(key);
    this.#ledger.changed(key, 'delete', now);
    const life: Lifetime = { freshMs: ttlMs, swrMs: 0, graceMs: 0, slidingMs: 0 };
    const entry = known
      ? { ...known, value: total + by }
      : makeEntry({ value: by, life, ageMs: 0, costMs: 0, negative: false, tags: [], version: 0 }, now, 0);
    this.#replace(key, entry, 'expired');
    return total + by;
  }

  *keys(pattern: string): IterableIterator<string> {
    this.#check();
    const matches = compileGlob(pattern, 'any length');
    for (const key of [...this.#store.keys()]) {
      if (matches(key) && typeof this.#find(key) !== 'string') yield key;
    }
  }

  size(pattern?: string): number {
    let count = 0;
    for (const _ of this.keys(pattern ?? '*')) count += 1;
    return count;
  }

  connect(): void {
    this.#check();
  }

  close(): void {
    this.#closed = true;
    this.#store.clear();
    this.#listeners.clear();
  }

  subscribe(listener: (event: BackendEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The entry if it is valid and inside its grace, else why not; what is dead is dropped. */
  #find(key: string): Entry | MissReason {
    const entry = this.#store.peek(key);
    if (!entry) return this.#departures.reason(key);
    return entry.tags.length === 0 ? entry : this.#judged(key, entry);
  }

  #judged(key: string, entry: Entry): Entry | MissReason {
    const verdict = this.#ledger.judge(entry.tags, entry.number);
    if (verdict === 'valid') return entry;
    const stale = verdict === 'removed' ? undefined : expiredAt(entry, verdict.expiredAt);
    if (stale && stale.graceUntil > this.#clock.now()) {
      // Kept, so that the next expire by tag does not start its stale windows anew.
      if (stale !== entry) this.#replace(key, stale, 'tag');
      return stale;
    }
    this.#remove(key, 'tag');
    return 'tag';
  }

  #setOne(item: StoreItem): StoreOutcome {
    const { key, condition } = item;
    const now = this.#clock.now();
    if (condition === 'absent') {
      const found = this.#find(key);
      if (typeof found !== 'string' && isServable(found, now)) return 'present';
    } else if (condition !== 'always' && this.#fences.openNumber(key) !== condition.number) {
      return 'fenced';
    }
    this.#fences.end(key);
    if (typeof condition === 'string') this.#ledger.changed(key, 'delete', now);
    this.#ledger.depend(item.tags);
    const number = typeof condition === 'string' ? this.#ledger.current : condition.number;
    if (this.#ledger.judge(item.tags, number) === 'removed') return 'fenced';
    if (this.#weigh(item.value, key) > item.maxBytes) {
      this.#remove(key, 'evicted');
      return 'too-large';
    }
    return this.#replace(key, makeEntry(item, now, number), 'evicted') ? 'stored' : 'too-large';
  }

  #replace(key: string, entry: Entry, reasonIfGone: MissReason): boolean {
    const ttlMs = entry.graceUntil - this.#clock.now();
    if (ttlMs > 0 && this.#store.set(key, entry, ttlMs)) {
      this.#departures.forget(key);
      return true;
    }
    this.#remove(key, reasonIfGone);
    return ttlMs <= 0;
  }

  #remove(key: string, reason: MissReason): void {
    if (this.#store.delete(key)) this.#departures.note(key, reason);
  }

  /**
   * While nothing has changed since a fence was given, who misses now may fill as well: one of both does. After
   * an invalidation of any tag the newer load has the better claim, for the older may turn out to carry it.
   */
  #shareFence(key: string, purpose: 'fill' | 'fence'): BackendFence {
    const number = this.#fences.openNumber(key);
    if (number === undefined || number < this.#ledger.latest) return this.#openFence(key, purpose);
    if (purpose === 'fill') this.#fences.open(key, number, purpose);
    return { key, number, token: '' };
  }

  #openFence(key: string, purpose: 'fill' | 'fence'): BackendFence {
    const number = this.#ledger.draw();
    this.#fences.open(key, number, purpose);
    return { key, number, token: '' };
  }

  #check(): void {
    if (this.#closed) throw new CacheError('ERR_CLOSED', 'memory backend: it was closed');
  }
}
