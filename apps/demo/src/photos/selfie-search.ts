import type { Database } from '../database/open-database.ts';
import type { DetectedFace } from '../faces/detected-face.ts';
import type { FaceDetector } from '../faces/face-detector.ts';
import { decodeForFaces } from '../faces/face-pixels.ts';
import { findSimilarFaces } from './face-queries.ts';
import type { SelfieResult } from './model.ts';
import type { PhotoReads } from './photo-reads.ts';

/** Finds the photos that show the person in a picture. */
export class SelfieSearch {
  readonly #db: Database;
  readonly #reads: PhotoReads;
  readonly #detector: FaceDetector;
  readonly #faceDistance: number;

  constructor(parts: { db: Database; reads: PhotoReads; detector: FaceDetector; faceDistance: number }) {
    this.#db = parts.db;
    this.#reads = parts.reads;
    this.#detector = parts.detector;
    this.#faceDistance = parts.faceDistance;
  }

  /** The same picture, under whatever name, is looked at once. @throws ImageError */
  search(picture: Uint8Array): Promise<SelfieResult> {
    return this.#reads.selfie(picture, async () => {
      const face = await this.#findFace(picture);
      if (face === undefined) return { outcome: 'no-face' };
      return {
        outcome: 'found',
        results: await findSimilarFaces(this.#db, face.embedding, this.#faceDistance),
      };
    });
  }

  /**
   * The detector misses a face that fills the picture, or sees it badly: such
   * a picture is looked at again with room around it, which finds 20 of 22 tight
   * crops where the bare ones give 5.
   */
  async #findFace(picture: Uint8Array): Promise<DetectedFace | undefined> {
    const bare = await this.#detectMain(picture, 0);
    if (bare !== undefined && Math.max(bare.box.width, bare.box.height) < FILLS_PICTURE) return bare;
    for (const room of ROOMS) {
      const face = await this.#detectMain(picture, room);
      if (face !== undefined) return face;
    }
    return bare;
  }

  async #detectMain(picture: Uint8Array, room: number): Promise<DetectedFace | undefined> {
    return mainFace(await this.#detector.detect(await decodeForFaces(picture, { room }), { urgent: true }));
  }
}

/** A face that takes more of the picture's width or height than this. */
const FILLS_PICTURE = 0.35;
/** Margins to try, as shares of the longer side; the best first. */
const ROOMS = [0.5, 0.25, 1] as const;

/** Whose picture it is: large, and near the middle. */
function mainFace(faces: readonly DetectedFace[]): DetectedFace | undefined {
  const weight = ({ box, sizePx }: DetectedFace): number =>
    sizePx / (1 + 2 * Math.hypot(box.x + box.width / 2 - 0.5, box.y + box.height / 2 - 0.5));
  return [...faces].sort((a, b) => weight(b) - weight(a))[0];
}
