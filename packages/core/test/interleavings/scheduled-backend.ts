import type { Scheduler } from 'fast-check';
import type {
  BackendCapabilities,
  BackendEvent,
  BackendFence,
  CacheBackend,
  CaptureMode,
  Entry,
  MaybePromise,
  Miss,
  ReadIntent,
  RemovalMode,
  StoreItem,
  StoreOutcome,
} from '@keepsake/core';

/** A shared backend whose calls arrive, and whose answers come back, when the scheduler says so. */
export class ScheduledBackend implements CacheBackend {
  readonly name = 'scheduled';
  readonly capabilities: BackendCapabilities;
  readonly #inner: CacheBackend;
  readonly #scheduler: Scheduler;

  constructor(inner: CacheBackend, scheduler: Scheduler) {
    this.#inner = inner;
    this.#scheduler = scheduler;
    this.capabilities = { ...inner.capabilities, shared: true };
  }

  get(key: string, intent: ReadIntent): Promise<Entry | Miss> {
    return this.#call(`get ${key}`, () => this.#inner.get(key, intent));
  }

  getMany(keys: readonly string[], intent: ReadIntent): Promise<readonly (Entry | Miss)[]> {
    return this.#call(`getMany ${keys.join()}`, () => this.#inner.getMany(keys, intent));
  }

  setMany(items: readonly StoreItem[]): Promise<readonly StoreOutcome[]> {
    return this.#call(`setMany ${items.map(({ key }) => key).join()}`, () => this.#inner.setMany(items));
  }

  capture(key: string, mode: CaptureMode): Promise<BackendFence | undefined> {
    return this.#call(`capture ${key}`, () => this.#inner.capture(key, mode));
  }

  release(fences: readonly BackendFence[]): Promise<void> {
    return this.#call('release', () => this.#inner.release(fences));
  }

  removeMany(keys: readonly string[], mode: RemovalMode): Promise<number> {
    return this.#call(`removeMany ${keys.join()}`, () => this.#inner.removeMany(keys, mode));
  }

  invalidateTags(tags: readonly string[], mode: RemovalMode): Promise<void> {
    return this.#call(`invalidateTags ${tags.join()}`, () => this.#inner.invalidateTags(tags, mode));
  }

  clear(pattern: string): Promise<number> {
    return this.#call('clear', () => this.#inner.clear(pattern));
  }

  touch(key: string, freshMs: number): Promise<boolean> {
    return this.#call(`touch ${key}`, () => this.#inner.touch(key, freshMs));
  }

  increment(key: string, by: number, ttlMs: number): Promise<number> {
    return this.#call(`increment ${key}`, () => this.#inner.increment(key, by, ttlMs));
  }

  keys(pattern: string): AsyncIterable<string> | Iterable<string> {
    return this.#inner.keys(pattern);
  }

  size(pattern?: string): Promise<number> {
    return this.#call('size', () => this.#inner.size(pattern));
  }

  connect(timeoutMs: number): MaybePromise<void> {
    return this.#inner.connect(timeoutMs);
  }

  close(): MaybePromise<void> {
    return this.#inner.close();
  }

  subscribe(listener: (event: BackendEvent) => void): () => void {
    return this.#inner.subscribe(listener);
  }

  async #call<T>(label: string, work: () => MaybePromise<T>): Promise<T> {
    await this.#scheduler.schedule(Promise.resolve(), label);
    const answer = await work();
    await this.#scheduler.schedule(Promise.resolve(), `answer of ${label}`);
    return answer;
  }
}
