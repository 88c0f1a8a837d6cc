import type { DownloadSink } from '@keepsake/entities';
import type { Database } from '../database/open-database.ts';
import { findDownloads, saveDownloads } from './photo-queries.ts';

/** A total that the cache has counted is stored at the latest after this long. */
const SAVE_AFTER_MS = 5_000;

/**
 * Where download counts last: the cache counts, the database is told every
 * tenth download (by the cache), after five seconds, and at the end.
 */
export class DownloadCounts implements DownloadSink {
  readonly #db: Database;
  /** Totals not stored yet: at most one entry a photo. */
  readonly #unsaved = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async load(photoId: string | number | bigint): Promise<number> {
    const id = String(photoId);
    return (await findDownloads(this.#db, [id])).get(id) ?? 0;
  }

  persist(photoId: string | number | bigint, total: number): Promise<void> {
    return saveDownloads(this.#db, String(photoId), total);
  }

  failed(photoId: string | number | bigint, error: unknown): void {
    console.error(`The downloads of photo ${photoId} could not be stored; the next total will be:`, error);
  }

  /** Stores this total soon. */
  note(photoId: string, total: number): void {
    this.#unsaved.set(photoId, Math.max(total, this.#unsaved.get(photoId) ?? 0));
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, SAVE_AFTER_MS).unref();
  }

  /** Stores all that is not stored yet; what fails is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const totals = [...this.#unsaved];
    this.#unsaved.clear();
    for (const [photoId, total] of totals) {
      try {
        await saveDownloads(this.#db, photoId, total);
      } catch (error) {
        this.failed(photoId, error);
        this.note(photoId, total);
      }
    }
  }
}
