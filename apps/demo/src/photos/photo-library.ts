import PQueue from 'p-queue';
import type { Database } from '../database/open-database.ts';
import type { FaceState } from '../database/schema.ts';
import type { FaceDetector } from '../faces/face-detector.ts';
import { decodeForFaces } from '../faces/face-pixels.ts';
import { storeFaces, type StoredFaces } from './face-queries.ts';
import type { PhotoFiles } from './photo-files.ts';
import { findByContent, findPhoto, insertPhoto, movePhotoSource, setFaceState } from './photo-queries.ts';
import { hashOf, readImage } from './read-image.ts';

/** Which photo. */
export interface PhotoChange {
  readonly photoId: string;
  readonly albumId: string;
}

/** Told of every change that background work makes, once it is stored. */
export interface LibraryListener {
  photoAdded(change: PhotoChange): Promise<void>;
  photoChanged(change: PhotoChange): Promise<void>;
  facesStored(change: PhotoChange & StoredFaces): Promise<void>;
}

/** A file on its way in. */
export interface NewPhoto {
  readonly fileName: string;
  readonly file: Uint8Array;
  /** Asked for a new picture only, once it is known to be sound. */
  readonly albumId: () => Promise<string>;
  /** Where the original lies from now on; likewise. */
  readonly keep: (contentHash: string) => Promise<string>;
}

export interface AddedPhoto {
  readonly photoId: string;
  readonly isNew: boolean;
  readonly faceState: FaceState;
}

/** Puts pictures into the library and finds who is in them. */
export class PhotoLibrary {
  readonly #db: Database;
  readonly #files: PhotoFiles;
  readonly #detector: FaceDetector;
  readonly #faceDistance: number;
  readonly #listener: LibraryListener;
  /** Faces are stored one photo at a time, in the order asked: who is who depends on who is known. */
  readonly #faceJobs = new PQueue({ concurrency: 1 });

  constructor(parts: {
    db: Database;
    files: PhotoFiles;
    detector: FaceDetector;
    faceDistance: number;
    listener: LibraryListener;
  }) {
    this.#db = parts.db;
    this.#files = parts.files;
    this.#detector = parts.detector;
    this.#faceDistance = parts.faceDistance;
    this.#listener = parts.listener;
  }

  /** Stores a picture and its previews; the same content again gives the photo that is there. @throws ImageError */
  async add(photo: NewPhoto): Promise<AddedPhoto> {
    const contentHash = hashOf(photo.file);
    const known = await findByContent(this.#db, contentHash);
    if (known !== undefined && this.#files.hasPreviews(contentHash)) {
      return { photoId: known.id, isNew: false, faceState: known.faceState };
    }
    const image = await readImage(photo.file);
    await this.#files.savePreviews(contentHash, image);
    const { mediaType, bytes, width, height } = image;
    const takenAt = image.takenAt ?? null;
    const albumId = await photo.albumId();
    const sourcePath = await photo.keep(contentHash);
    const { fileName } = photo;
    const photoId = await insertPhoto(this.#db, {
      albumId,
      fileName,
      contentHash,
      mediaType,
      bytes,
      width,
      height,
      takenAt,
      sourcePath,
    });
    if (photoId !== undefined) {
      await this.#listener.photoAdded({ photoId, albumId });
      return { photoId, isNew: true, faceState: 'pending' };
    }
    const winner = await findByContent(this.#db, contentHash);
    if (winner === undefined) throw new Error('The photo was removed while it was added.');
    return { photoId: winner.id, isNew: false, faceState: winner.faceState };
  }

  /** An original that lies elsewhere now is read from there. */
  async noteSource(photoId: string, sourcePath: string): Promise<void> {
    const photo = await findPhoto(this.#db, photoId);
    if (photo === undefined || photo.file.sourcePath === sourcePath) return;
    await movePhotoSource(this.#db, photoId, sourcePath);
    await this.#listener.photoChanged({ photoId, albumId: photo.details.albumId });
  }

  /** Finds and stores the faces of a photo; rejects when that fails, the photo then stays without faces. */
  findFaces(photoId: string): Promise<void> {
    return this.#faceJobs.add(() => this.#findFaces(photoId));
  }

  /** Waits for the work under way; what waits is left for the next start. The detector is closed first. */
  async close(): Promise<void> {
    await this.#faceJobs.onIdle();
  }

  async #findFaces(photoId: string): Promise<void> {
    if (this.#detector.isClosed) return;
    const photo = await findPhoto(this.#db, photoId);
    if (photo === undefined) return;
    const { albumId } = photo.details;
    try {
      const found = await this.#detector.detect(await decodeForFaces(photo.file.sourcePath));
      const stored = await storeFaces(this.#db, photoId, found, this.#faceDistance);
      await this.#listener.facesStored({ photoId, albumId, ...stored });
    } catch (error) {
      if (this.#detector.isClosed) return;
      await setFaceState(this.#db, photoId, 'failed');
      await this.#listener.photoChanged({ photoId, albumId });
      throw error;
    }
  }
}
