import { type Cache, isCacheError } from '@keepsake/core';
import { photoKey } from '@keepsake/entities';
import type { DownloadCounts } from './download-counts.ts';
import type { DemoCache } from './photo-values.ts';

/**
 * Counts downloads in the cache, which the database follows, and in the database while the store is away.
 *
 * The counter in the store knows nothing of what was counted past it: its next total would be one that the
 * database has already, and that download would be lost. So a photo with downloads counted past its counter
 * is marked, the counter is dropped, and the cache counts that photo again only once the drop is
 * acknowledged: the counter then starts at what the database has.
 */
export class DownloadCounting {
  readonly #counts: DownloadCounts;
  readonly #cached: { readonly cache: Cache; readonly photos: DemoCache } | undefined;
  /** Photos whose counter in the store is behind the database: at most each photo once. */
  readonly #behind = new Set<string>();

  /** Without `cached` every download is counted in the database. */
  constructor(
    counts: DownloadCounts,
    cached: { readonly cache: Cache; readonly photos: DemoCache } | undefined,
  ) {
    this.#counts = counts;
    this.#cached = cached;
  }

  count(photoId: string): Promise<void> {
    return this.#counts.inTurn(photoId, async () => {
      const cached = this.#cached;
      if (cached === undefined || !(await this.#isLevel(cached.cache, photoId))) {
        return this.#counts.addDirectly(photoId);
      }
      try {
        this.#counts.note(photoId, await cached.photos.incrementDownloadCount(photoId));
      } catch (error) {
        if (!isCacheError(error)) throw error;
        this.#behind.add(photoId);
        await this.#counts.addDirectly(photoId);
        // Not acknowledged, it waits in the cache and is carried out before the store is read again.
        await cached.cache.delete(photoKey(photoId, 'downloads'));
      }
    });
  }

  /** False while the counter is behind and cannot be dropped. */
  async #isLevel(cache: Cache, photoId: string): Promise<boolean> {
    if (!this.#behind.has(photoId)) return true;
    const key = photoKey(photoId, 'downloads');
    // Asked first: each removal that is not acknowledged takes a place in the list of those that wait.
    if ((await cache.inspect(key)).reason === 'unavailable') return false;
    if (!(await cache.delete(key)).acknowledged) return false;
    this.#behind.delete(photoId);
    return true;
  }
}
