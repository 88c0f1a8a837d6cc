import PQueue from 'p-queue';
import { readFile, stat } from 'node:fs/promises';
import type { Database } from '../database/open-database.ts';
import { ensureAlbum } from '../photos/album-queries.ts';
import type { PhotoLibrary } from '../photos/photo-library.ts';
import { listPendingPhotos } from '../photos/photo-queries.ts';
import type { ImportProgress } from './import-progress.ts';
import type { Source } from './sources.ts';

/** A larger file is reported and skipped: it is read whole. */
const MAX_FILE_BYTES = 200 * 1024 * 1024;
/** Pictures decoded at once; each takes up to some 100 MB. */
const CONCURRENCY = 2;

/**
 * Imports what is not there yet: first every picture with its previews, so
 * that the grid fills within seconds, then the faces. A file that fails is
 * reported and never stops the rest.
 */
export async function importPhotos(parts: {
  readonly db: Database;
  readonly library: PhotoLibrary;
  readonly progress: ImportProgress;
  readonly signal: AbortSignal;
  readonly sources: readonly Source[];
}): Promise<void> {
  const { db, library, progress, signal, sources } = parts;
  const albumOf = albumsOnce(db);
  const queue = new PQueue({ concurrency: CONCURRENCY });
  /** By source, so that faces are looked for in the order of the albums whatever finished first. */
  const added: (string | undefined)[] = [];
  const seen = new Set<string>();

  await queue.addAll(
    sources.map((source, index) => async () => {
      if (signal.aborted) return;
      try {
        const { photoId, isNew, faceState } = await addSource(library, source, () => albumOf(source));
        if (faceState === 'pending' && !seen.has(photoId)) added[index] = photoId;
        else progress.finishPhoto();
        seen.add(photoId);
        if (!isNew) await library.noteSource(photoId, source.path);
      } catch (error) {
        progress.failPhoto(source.fileName, reasonOf(error));
      }
    }),
  );

  for (const [index, photoId] of added.entries()) {
    if (signal.aborted) return;
    if (photoId === undefined) continue;
    try {
      await library.findFaces(photoId);
      progress.finishPhoto();
    } catch (error) {
      progress.failPhoto(
        sources[index]?.fileName ?? photoId,
        `The photo is there, but its faces could not be looked for: ${reasonOf(error)}`,
      );
    }
  }
  for (const photoId of await listPendingPhotos(db)) {
    if (signal.aborted) return;
    // Uploads that a stop interrupted. A failure is stored with the photo; there is nobody to report it to.
    await library
      .findFaces(photoId)
      .catch((error: unknown) => console.error(`Faces of photo ${photoId}: ${reasonOf(error)}`));
  }
}

async function addSource(
  library: PhotoLibrary,
  source: Source,
  albumId: () => Promise<string>,
): ReturnType<PhotoLibrary['add']> {
  const { size } = await stat(source.path);
  if (size > MAX_FILE_BYTES) throw new Error(`The file is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB.`);
  return library.add({
    fileName: source.fileName,
    file: await readFile(source.path),
    albumId,
    keep: () => Promise.resolve(source.path),
  });
}

/** Each album is made once, with its first sound photo, however many photos come at the same time. */
function albumsOnce(db: Database): (source: Source) => Promise<string> {
  const albums = new Map<string, Promise<string>>();
  return ({ albumKey, albumName }) => {
    const album = albums.get(albumKey) ?? ensureAlbum(db, albumKey, albumName);
    albums.set(albumKey, album);
    return album;
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
