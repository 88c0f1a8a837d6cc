import { toApiError, type ApiError } from './api-error.ts';
import { request } from './request.ts';

export interface Resource<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
}

interface Entry {
  text: string | undefined;
  resource: Resource<unknown>;
  revision: number;
  inFlight: Promise<void> | undefined;
  /** A refresh was asked for while one was under way: what that one brings may be older than the change. */
  again: boolean;
  listeners: Set<() => void>;
}

const empty: Resource<never> = { data: undefined, error: undefined, loading: false };

/**
 * What the API last said, by path. A page shows what is here at once and asks again behind it; the same body
 * keeps the same objects, so that nothing is drawn twice. Bounded: paths that no page shows are dropped,
 * oldest first, above `MAX_IDLE`.
 */
class ResourceStore {
  static readonly MAX_IDLE = 200;
  readonly #entries = new Map<string, Entry>();

  read(path: string): Resource<unknown> {
    return this.#entries.get(path)?.resource ?? empty;
  }

  revision(path: string): number {
    return this.#entries.get(path)?.revision ?? 0;
  }

  subscribe(path: string, listener: () => void): () => void {
    const entry = this.#entry(path);
    entry.listeners.add(listener);
    return () => {
      entry.listeners.delete(listener);
      this.#trim();
    };
  }

  /** Asks the API; joins a request that is under way. Never rejects: a failure is part of the resource. */
  refresh(path: string, counted: boolean): Promise<void> {
    const entry = this.#entry(path);
    entry.inFlight ??= this.#load(path, entry, counted).finally(() => {
      entry.inFlight = undefined;
      if (!entry.again) return;
      entry.again = false;
      void this.refresh(path, false);
    });
    return entry.inFlight;
  }

  /** After a change on the server: asks again for all that is on screen. */
  revalidate(): void {
    for (const [path, entry] of this.#entries) {
      if (entry.listeners.size === 0) continue;
      if (entry.inFlight) entry.again = true;
      else void this.refresh(path, false);
    }
  }

  async #load(path: string, entry: Entry, counted: boolean): Promise<void> {
    this.#update(entry, { loading: true });
    try {
      const { text } = await request(path, { counted });
      const data = text === entry.text ? entry.resource.data : (JSON.parse(text) as unknown);
      entry.text = text;
      this.#update(entry, { data, error: undefined, loading: false });
    } catch (error) {
      this.#update(entry, { error: toApiError(error), loading: false });
    }
  }

  #entry(path: string): Entry {
    let entry = this.#entries.get(path);
    if (!entry) {
      entry = {
        text: undefined,
        resource: empty,
        revision: 0,
        inFlight: undefined,
        again: false,
        listeners: new Set(),
      };
      this.#entries.set(path, entry);
    }
    return entry;
  }

  #update(entry: Entry, change: Partial<Resource<unknown>>): void {
    const next = { ...entry.resource, ...change };
    const before = entry.resource;
    if (next.data === before.data && next.error === before.error && next.loading === before.loading) return;
    entry.resource = next;
    entry.revision += 1;
    for (const listener of entry.listeners) listener();
  }

  #trim(): void {
    let idle = [...this.#entries.values()].filter((entry) => entry.listeners.size === 0).length;
    for (const [path, entry] of this.#entries) {
      if (idle <= ResourceStore.MAX_IDLE) return;
      if (entry.listeners.size > 0 || entry.inFlight) continue;
      this.#entries.delete(path);
      idle -= 1;
    }
  }
}

export const resources = new ResourceStore();
