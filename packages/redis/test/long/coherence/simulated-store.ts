import type {
  BackendCapabilities,
  BackendEvent,
  BackendFence,
  Bus,
  BusMessage,
  CacheBackend,
  CaptureMode,
  Entry,
  MemoryBackend,
  Miss,
  ReadIntent,
  RemovalMode,
  StoreItem,
  StoreOutcome,
} from '@keepsake/core';
import type { SimulatedChannel } from './simulated-bus.ts';
import type { SimulatedConnection } from './simulated-server.ts';

/** A plain store that is executed later than this after it was sent does nothing. */
const DEADLINE_MS = 250;

interface StoreParts {
  /** What lies in the server. */
  readonly data: MemoryBackend;
  readonly connection: SimulatedConnection;
  readonly channel: SimulatedChannel;
  /** Whether changes are told on the bus in the step that makes them. */
  readonly announces: boolean;
}

/** One process's way to the shared store: each call is a round trip, carried out in one step at the server. */
export class SimulatedStore implements CacheBackend {
  readonly name = 'simulated store';
  readonly capabilities: BackendCapabilities = { shared: true, serializes: false, keyTags: true };
  readonly #parts: StoreParts;
  #linkId: string | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  get(key: string, intent: ReadIntent): Promise<Entry | Miss> {
    return this.#call((data) => data.get(key, intent));
  }

  getMany(keys: readonly string[], intent: ReadIntent): Promise<readonly (Entry | Miss)[]> {
    return this.#call((data) => data.getMany(keys, intent));
  }

  setMany(items: readonly StoreItem[]): Promise<readonly StoreOutcome[]> {
    const sentAt = this.#nowMs;
    return this.#call((data) => {
      if (this.#nowMs - sentAt > DEADLINE_MS) return items.map(() => 'unknown');
      const outcomes = data.setMany(items);
      const isTold = (item: StoreItem, i: number): boolean =>
        typeof item.condition === 'string' && outcomes[i] === 'stored';
      const keys = items.filter(isTold).map((item) => item.key);
      if (keys.length > 0) this.#announce({ kind: 'keys', keys, mode: 'delete' });
      return outcomes;
    });
  }

  capture(key: string, mode: CaptureMode): Promise<BackendFence | undefined> {
    return this.#call((data) => data.capture(key, mode));
  }

  release(fences: readonly BackendFence[]): Promise<void> {
    return this.#call((data) => data.release(fences));
  }

  removeMany(keys: readonly string[], mode: RemovalMode): Promise<number> {
    return this.#call((data) => {
      this.#announce({ kind: 'keys', keys, mode });
      return data.removeMany(keys, mode);
    });
  }

  invalidateTags(tags: readonly string[], mode: RemovalMode): Promise<void> {
    return this.#call((data) => {
      this.#announce({ kind: 'tags', tags, mode });
      data.invalidateTags(tags, mode);
    });
  }

  clear(pattern: string): Promise<number> {
    return this.#call((data) => {
      this.#announce({ kind: 'clear', pattern });
      return data.clear(pattern);
    });
  }

  touch(key: string, freshMs: number): Promise<boolean> {
    return this.#call((data) => data.touch(key, freshMs));
  }

  increment(key: string, by: number, ttlMs: number): Promise<number> {
    return this.#call((data) => data.increment(key, by, ttlMs));
  }

  keys(pattern: string): Iterable<string> {
    return this.#parts.data.keys(pattern);
  }

  /** Asked for statistics only: not worth a round trip. */
  size(pattern?: string): number {
    return this.#parts.data.size(pattern);
  }

  connect(): Promise<void> {
    return this.#call(() => undefined);
  }

  close(): void {
    // What lies in the server stays.
  }

  subscribe(_listener: (event: BackendEvent) => void): () => void {
    return () => undefined;
  }

  announceOn(_bus: Bus, linkId: string): boolean {
    if (this.#parts.announces) this.#linkId = linkId;
    return this.#parts.announces;
  }

  get #nowMs(): number {
    return this.#parts.connection.server.loops.nowMs;
  }

  #announce(message: BusMessage): void {
    if (this.#linkId !== undefined) this.#parts.channel.publish(this.#linkId, message);
  }

  #call<T>(work: (data: MemoryBackend) => T): Promise<T> {
    const { connection, data } = this.#parts;
    return connection.call(() => work(data));
  }
}
