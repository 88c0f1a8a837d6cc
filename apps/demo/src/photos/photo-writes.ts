import type { Database } from '../database/open-database.ts';
import type { DownloadCounting } from './download-counting.ts';
import type { StoredFaces } from './face-queries.ts';
import { mergePeople, renamePerson } from './person-queries.ts';
import type { LibraryListener, PhotoChange } from './photo-library.ts';
import { EVERYBODY, type DemoCache } from './photo-values.ts';

/** Every write of the app: to the database, and once that holds, out of the cache what it has made untrue. */
export class PhotoWrites implements LibraryListener {
  readonly #db: Database;
  readonly #cache: DemoCache | undefined;
  readonly #downloads: DownloadCounting;

  constructor(db: Database, cache: DemoCache | undefined, downloads: DownloadCounting) {
    this.#db = db;
    this.#cache = cache;
    this.#downloads = downloads;
  }

  /** False if there is no such person. */
  async renamePerson(personId: string, name: string): Promise<boolean> {
    const isDone = await renamePerson(this.#db, personId, name);
    if (isDone) await this.#cache?.invalidatePersonCache(personId);
    return isDone;
  }

  /** False if one of the two is not there. */
  async mergePeople(from: string, into: string): Promise<boolean> {
    const albumIds = await mergePeople(this.#db, from, into);
    if (albumIds === undefined) return false;
    const cache = this.#cache;
    if (cache !== undefined) {
      await Promise.all([
        cache.invalidatePersonCache(from),
        cache.invalidatePersonCache(into),
        // Pages of photos show whose face is whose, which the cascade of a person does not reach.
        ...albumIds.map((albumId) => cache.album.photos.invalidate(albumId)),
      ]);
    }
    return true;
  }

  countDownload(photoId: string): Promise<void> {
    return this.#downloads.count(photoId);
  }

  async photoAdded({ photoId, albumId }: PhotoChange): Promise<void> {
    await this.#cache?.invalidatePhotoCache(photoId, { albumId, userId: EVERYBODY });
  }

  async photoChanged({ photoId, albumId }: PhotoChange): Promise<void> {
    await this.#cache?.invalidatePhotoCache(photoId, { albumId, userId: EVERYBODY });
  }

  async facesStored({ photoId, albumId, personIds }: PhotoChange & StoredFaces): Promise<void> {
    const cache = this.#cache;
    if (cache === undefined) return;
    await Promise.all([
      cache.invalidatePhotoCache(photoId, { albumId, userId: EVERYBODY }),
      ...personIds.map((personId) => cache.invalidatePersonCache(personId, { albumId, photoId })),
    ]);
  }
}
