import { randomUUID } from 'node:crypto';
import { isCacheError } from '@keepsake/core';
import type { Counters } from '@keepsake/entities';
import type { Database } from '../database/open-database.ts';
import { addDownload, findDownloads } from './photo-queries.ts';
import type { DemoCache } from './photo-values.ts';

/** A download whose counter did not answer. It may have been counted: asked again under its name, it counts once. */
interface Uncounted {
  readonly photoId: string;
  readonly operation: string;
  readonly since: number;
}

const RETRY_MS = 500;
/** The counters remember an operation for ten minutes: what is older goes to the database. */
const MAX_WAIT_MS = 300_000;
const MAX_UNCOUNTED = 10_000;
const CLOSE_S = 0.7;

/**
 * Counts downloads, in counters that the database follows, and keeps those that the counters cannot take while their
 * store is away. Without counters each download goes to the database at once.
 */
export class DownloadCounting {
  readonly #db: Database;
  readonly #counted: { readonly counters: Counters; readonly photos: DemoCache } | undefined;
  #uncounted: Uncounted[] = [];
  #timer: NodeJS.Timeout | undefined;
  #retrying: Promise<void> | undefined;

  constructor(
    db: Database,
    counted: { readonly counters: Counters; readonly photos: DemoCache } | undefined,
  ) {
    this.#db = db;
    this.#counted = counted;
  }

  async count(photoId: string): Promise<void> {
    if (this.#counted === undefined) return addDownload(this.#db, photoId);
    const one = { photoId, operation: randomUUID(), since: performance.now() };
    if (!(await this.#isCounted(one))) await this.#keep(one);
  }

  /** The totals; while the counters do not answer, what the database has and this process has kept. */
  async totals(photoIds: readonly string[]): Promise<Map<string, number>> {
    try {
      const totals = await this.#counted?.counters.getMany(photoIds);
      if (totals !== undefined) return totals;
    } catch (error) {
      if (!isCacheError(error)) throw error;
    }
    const totals = await findDownloads(this.#db, photoIds);
    for (const { photoId } of this.#uncounted) {
      const total = totals.get(photoId);
      if (total !== undefined) totals.set(photoId, total + 1);
    }
    return totals;
  }

  /** Brings all to the database: what the counters still do not take, too. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#retrying;
      await this.#retry();
      clearTimeout(this.#timer);
      for (const { photoId } of this.#uncounted.splice(0)) await addDownload(this.#db, photoId);
    } finally {
      await this.#counted?.counters.close({ timeout: CLOSE_S }).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        console.error(`Downloads that lie in Redis may be stored only at the next start (${reason}).`);
      });
    }
  }

  async #isCounted({ photoId, operation }: Uncounted): Promise<boolean> {
    try {
      await this.#counted?.photos.incrementDownloadCount(photoId, { operation });
      return true;
    } catch (error) {
      if (!isCacheError(error)) throw error;
      return false;
    }
  }

  async #keep(one: Uncounted): Promise<void> {
    if (this.#uncounted.length >= MAX_UNCOUNTED) return addDownload(this.#db, one.photoId);
    this.#uncounted.push(one);
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#retrying = this.#retry().catch((error: unknown) => {
        console.error('Downloads could not be counted; they are tried again:', error);
        this.#schedule();
      });
    }, RETRY_MS).unref();
  }

  /** The oldest first, up to one that is not taken: then the others would not be either. */
  async #retry(): Promise<void> {
    for (let first = this.#uncounted[0]; first; first = this.#uncounted[0]) {
      const isOld = performance.now() - first.since > MAX_WAIT_MS;
      if (isOld) await addDownload(this.#db, first.photoId);
      else if (!(await this.#isCounted(first))) return this.#schedule();
      this.#uncounted.shift();
    }
  }
}
