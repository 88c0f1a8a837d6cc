import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Box } from '../faces/detected-face.ts';
import { makePreview, openImage, type PreviewSize } from './read-image.ts';

/** The demo's own files: previews, face crops and uploaded originals, all under DATA_DIR. */
export class PhotoFiles {
  readonly #dataDir: string;
  /** One making at a time per file, however many ask for it. */
  readonly #inMaking = new Map<string, Promise<string>>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async prepare(): Promise<void> {
    for (const folder of ['previews', 'crops', 'uploads'])
      await mkdir(join(this.#dataDir, folder), { recursive: true });
  }

  /** Whether both previews of a photo are there. */
  hasPreviews(contentHash: string): boolean {
    return (
      existsSync(this.#previewPath(contentHash, 'thumb')) &&
      existsSync(this.#previewPath(contentHash, 'large'))
    );
  }

  async savePreviews(
    contentHash: string,
    previews: Readonly<Record<PreviewSize, Uint8Array>>,
  ): Promise<void> {
    await writeWhole(this.#previewPath(contentHash, 'thumb'), previews.thumb);
    await writeWhole(this.#previewPath(contentHash, 'large'), previews.large);
  }

  async saveUpload(contentHash: string, file: Uint8Array): Promise<string> {
    const path = join(this.#dataDir, 'uploads', contentHash);
    await writeWhole(path, file);
    return path;
  }

  /** The path of a preview, made anew where somebody has deleted it. */
  preview(contentHash: string, size: PreviewSize, sourcePath: string): Promise<string> {
    return this.#ensure(this.#previewPath(contentHash, size), () => makePreview(openImage(sourcePath), size));
  }

  /** The path of a square picture of a face, with some room around it. */
  faceCrop(faceId: string, box: Box, largePath: string): Promise<string> {
    return this.#ensure(join(this.#dataDir, 'crops', `${faceId}.webp`), () => cropFace(box, largePath));
  }

  #previewPath(contentHash: string, size: PreviewSize): string {
    return join(this.#dataDir, 'previews', `${contentHash}-${size}.webp`);
  }

  #ensure(path: string, make: () => Promise<Buffer>): Promise<string> {
    if (existsSync(path)) return Promise.resolve(path);
    const making = this.#inMaking.get(path) ?? this.#make(path, make);
    this.#inMaking.set(path, making);
    return making;
  }

  async #make(path: string, make: () => Promise<Buffer>): Promise<string> {
    try {
      await writeWhole(path, await make());
      return path;
    } finally {
      this.#inMaking.delete(path);
    }
  }
}

/** Readers see the whole file or none. */
async function writeWhole(path: string, data: Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}.${randomUUID()}.writing`;
  await writeFile(unfinished, data);
  await rename(unfinished, path);
}

const CROP_PX = 256;
/** The side of the crop, as a multiple of the longer side of the face. */
const CROP_ROOM = 1.5;

async function cropFace(box: Box, largePath: string): Promise<Buffer> {
  const image = openImage(largePath);
  const { width, height } = await image.metadata();
  const side = Math.max(
    1,
    Math.round(Math.min(width, height, CROP_ROOM * Math.max(box.width * width, box.height * height))),
  );
  const left = Math.round((box.x + box.width / 2) * width - side / 2);
  const top = Math.round((box.y + box.height / 2) * height - side / 2);
  return image
    .extract({
      left: Math.min(Math.max(0, left), width - side),
      top: Math.min(Math.max(0, top), height - side),
      width: side,
      height: side,
    })
    .resize(CROP_PX, CROP_PX)
    .webp({ quality: 82 })
    .toBuffer();
}
