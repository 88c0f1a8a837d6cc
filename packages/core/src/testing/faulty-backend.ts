import type {
  BackendCapabilities,
  BackendEvent,
  BackendFence,
  CacheBackend,
  CaptureMode,
  MaybePromise,
  Miss,
  ReadIntent,
  RemovalMode,
  StoreItem,
  StoreOutcome,
} from '../backend.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Entry } from '../entry.ts';
import { CacheError } from '../errors.ts';

/**
 * `up`: passes calls on. `down`: rejects at once. `frozen`: never answers. `lost-reply`: carries the call
 * out and rejects. Each may be given a delay in front.
 */
export type FaultMode = 'up' | 'down' | 'frozen' | 'lost-reply';

/** A backend that can be broken and mended at will, in front of a real one. */
export class FaultyBackend implements CacheBackend {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  readonly #inner: CacheBackend;
  readonly #clock: Clock;
  /** What happens to the next calls. */
  mode: FaultMode = 'up';
  /** Each call waits this long first. */
  delayMs = 0;
  /** Names of the calls made so far. */
  readonly calls: string[] = [];

  constructor(inner: CacheBackend, options: { clock?: Clock; shared?: boolean; keyTags?: boolean } = {}) {
    this.#inner = inner;
    this.#clock = options.clock ?? systemClock;
    this.name = `faulty ${inner.name}`;
    const { shared, serializes, keyTags = false } = inner.capabilities;
    this.capabilities = {
      serializes,
      shared: options.shared ?? shared,
      keyTags: options.keyTags ?? keyTags,
    };
  }

  get(key: string, intent: ReadIntent): Promise<Entry | Miss> {
    return this.#pass('get', () => this.#inner.get(key, intent));
  }

  getMany(keys: readonly string[], intent: ReadIntent): Promise<readonly (Entry | Miss)[]> {
    return this.#pass('getMany', () => this.#inner.getMany(keys, intent));
  }

  setMany(items: readonly StoreItem[]): Promise<readonly StoreOutcome[]> {
    return this.#pass('setMany', () => this.#inner.setMany(items));
  }

  capture(key: string, mode: CaptureMode): Promise<BackendFence | undefined> {
    return this.#pass('capture', () => this.#inner.capture(key, mode));
  }

  release(fences: readonly BackendFence[]): Promise<void> {
    return this.#pass('release', () => this.#inner.release(fences));
  }

  removeMany(keys: readonly string[], mode: RemovalMode): Promise<number> {
    return this.#pass('removeMany', () => this.#inner.removeMany(keys, mode));
  }

  invalidateTags(tags: readonly string[], mode: RemovalMode): Promise<void> {
    return this.#pass('invalidateTags', () => this.#inner.invalidateTags(tags, mode));
  }

  clear(pattern: string): Promise<number> {
    return this.#pass('clear', () => this.#inner.clear(pattern));
  }

  touch(key: string, freshMs: number): Promise<boolean> {
    return this.#pass('touch', () => this.#inner.touch(key, freshMs));
  }

  increment(key: string, by: number, ttlMs: number): Promise<number> {
    return this.#pass('increment', () => this.#inner.increment(key, by, ttlMs));
  }

  async *keys(pattern: string): AsyncIterable<string> {
    await this.#pass('keys', () => undefined);
    yield* this.#inner.keys(pattern);
  }

  size(pattern?: string): Promise<number> {
    return this.#pass('size', () => this.#inner.size(pattern));
  }

  connect(timeoutMs: number): Promise<void> {
    return this.#pass('connect', () => this.#inner.connect(timeoutMs));
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  subscribe(listener: (event: BackendEvent) => void): () => void {
    return this.#inner.subscribe(listener);
  }

  async #pass<T>(call: string, work: () => MaybePromise<T>): Promise<T> {
    this.calls.push(call);
    const { mode } = this;
    if (this.delayMs > 0) {
      await new Promise<void>((resolve) => this.#clock.setTimer(resolve, this.delayMs));
    }
    switch (mode) {
      case 'up':
        return work();
      case 'down':
        throw new CacheError('ERR_UNAVAILABLE', `${call}: the backend is down`);
      case 'frozen':
        return new Promise<never>(() => undefined);
      case 'lost-reply':
        await work();
        throw new CacheError('ERR_UNAVAILABLE', `${call}: the reply was lost`);
    }
  }
}
