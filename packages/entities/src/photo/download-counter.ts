import { type Cache, CacheError } from '@keepsake/core';
import { checkId, type Id } from '../id.ts';
import { photoKey } from './photo-keys.ts';

/** Where download counts last. */
export interface DownloadSink {
  /** The persisted total; 0 for a photo that was never downloaded. */
  load(photoId: Id): number | Promise<number>;
  /** Stores a total. Another process may have stored a higher one already: keep the greater. */
  persist(photoId: Id, total: number): Promise<void>;
  /** A total could not be persisted; the next one that is replaces it. Must not throw. */
  failed(photoId: Id, error: unknown): void;
}

/** A total that ends a full batch is persisted. */
export const PERSIST_EVERY = 10;

/** Photos whose last shown total is remembered; beyond it the oldest is forgotten. */
export const MAX_SHOWN = 10_000;

/**
 * Counts downloads in the cache, one counter a photo, and persists the total every PERSIST_EVERY.
 *
 * The counter holds the *total*: it starts at what the sink has, so no number is ever made of two parts
 * that could be counted twice. Should the store lose it, it starts again at the greater of the sink's and
 * the last total shown here: a number never falls back in this process. Calls for one photo take turns.
 */
export class DownloadCounter {
  readonly #cache: Cache;
  readonly #sink: DownloadSink | undefined;
  readonly #shown = new Map<string, number>();
  readonly #turns = new Map<string, Promise<unknown>>();

  /** @throws CacheError ERR_OPTION for a sink that lacks a function. */
  constructor(cache: Cache, sink: DownloadSink | undefined) {
    checkSink(sink);
    this.#cache = cache;
    this.#sink = sink;
  }

  async increment(photoId: Id): Promise<number> {
    const key = photoKey(checkId(photoId), 'downloads');
    return this.#inTurn(key, async () => {
      await this.#seed(key, photoId);
      const shown = this.#shown.get(key) ?? 0;
      let total = await this.#cache.increment(key, 1, { ttl: 'forever' });
      // Lost between the two steps: make up for what was shown.
      if (total <= shown) total = await this.#cache.increment(key, shown + 1 - total, { ttl: 'forever' });
      if (this.#sink && total % PERSIST_EVERY === 0) await this.#persist(this.#sink, photoId, total);
      return this.#show(key, total);
    });
  }

  async total(photoId: Id): Promise<number> {
    const key = photoKey(checkId(photoId), 'downloads');
    return this.#inTurn(key, async () => this.#show(key, await this.#seed(key, photoId)));
  }

  /** What the counter holds. Where there is none, it starts at what the sink has or was last shown. */
  async #seed(key: string, photoId: Id): Promise<number> {
    const counted = await this.#cache.get(key);
    if (typeof counted === 'number') return counted;
    const persisted = (await this.#sink?.load(photoId)) ?? 0;
    if (!Number.isSafeInteger(persisted) || persisted < 0) {
      throw new CacheError('ERR_COUNTER', 'downloads: the sink gave a total that is no whole number');
    }
    const base = Math.max(persisted, this.#shown.get(key) ?? 0);
    // Another process may have started it meanwhile, which is as good.
    if (this.#sink || base > 0) await this.#cache.setIfAbsent(key, base, { ttl: 'forever' });
    return base;
  }

  async #persist(sink: DownloadSink, photoId: Id, total: number): Promise<void> {
    try {
      await sink.persist(photoId, total);
    } catch (error) {
      sink.failed(photoId, error);
    }
  }

  #show(key: string, total: number): number {
    const highest = Math.max(total, this.#shown.get(key) ?? 0);
    this.#shown.delete(key);
    this.#shown.set(key, highest);
    if (this.#shown.size > MAX_SHOWN) {
      const oldest = this.#shown.keys().next();
      if (!oldest.done) this.#shown.delete(oldest.value);
    }
    return highest;
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    // A turn that failed has told its own caller.
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work, work);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }
}

const SINK_FUNCTIONS = ['load', 'persist', 'failed'] as const;

const checkSink = (sink: Partial<DownloadSink> | null | undefined): void => {
  if (sink === undefined) return;
  const missing = SINK_FUNCTIONS.find((name) => typeof sink?.[name] !== 'function');
  if (missing) throw new CacheError('ERR_OPTION', `downloads: '${missing}' is no function`);
};
