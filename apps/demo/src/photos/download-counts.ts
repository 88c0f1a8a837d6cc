import type { DownloadSink } from '@keepsake/entities';
import type { Database } from '../database/open-database.ts';
import { addDownload, findDownloads, saveDownloads } from './photo-queries.ts';

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
  /** The last turn of each photo that has one under way. */
  readonly #turns = new Map<string, Promise<unknown>>();
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

  /** Counts one in the database itself, on top of what the cache has counted last. Only in the photo's turn. */
  async addDirectly(photoId: string): Promise<void> {
    await addDownload(this.#db, photoId, this.#unsaved.get(photoId));
    this.#unsaved.delete(photoId);
  }

  /** Stores all that is not stored yet; what fails is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const photoId of [...this.#unsaved.keys()]) {
      await this.inTurn(photoId, () => this.#save(photoId));
    }
  }

  /** One after the other for one photo: a total, and one more on top of it, must not be stored the wrong way round. */
  async inTurn<T>(photoId: string, work: () => Promise<T>): Promise<T> {
    // A turn that failed has told its own caller.
    const turn = (this.#turns.get(photoId) ?? Promise.resolve()).then(work, work);
    this.#turns.set(photoId, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(photoId) === turn) this.#turns.delete(photoId);
    }
  }

  async #save(photoId: string): Promise<void> {
    const total = this.#unsaved.get(photoId);
    if (total === undefined) return;
    this.#unsaved.delete(photoId);
    try {
      await saveDownloads(this.#db, photoId, total);
    } catch (error) {
      this.failed(photoId, error);
      this.note(photoId, total);
    }
  }
}
