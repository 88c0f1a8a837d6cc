import sharp, { type OutputInfo } from 'sharp';
import { ImageError, openImage } from '../photos/read-image.ts';
import type { Pixels } from './detected-face.ts';

/** The detector separates people better at 1280 px than at 640; more only costs time. */
const SIDE_PX = 1280;

interface RawPicture {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** Decodes a picture for the face detector; `room` is a margin on each side, as a share of the longer one. @throws ImageError */
export async function decodeForFaces(
  file: Uint8Array | string,
  { room = 0 }: { room?: number } = {},
): Promise<Pixels> {
  try {
    const inner = Math.round(SIDE_PX / (1 + 2 * room));
    const picture = await openImage(file)
      .resize(inner, inner, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { data, info } = room === 0 ? picture : await addRoom(picture, room);
    // A copy of its own: what sharp returns may be a view of a shared pool, which cannot be transferred.
    return { data: Uint8Array.from(data), width: info.width, height: info.height };
  } catch (error) {
    throw ImageError.broken(error);
  }
}

function addRoom({ data, info }: RawPicture, room: number): Promise<RawPicture> {
  const { width, height, channels } = info;
  const margin = Math.round(Math.max(width, height) * room);
  return sharp(data, { raw: { width, height, channels } })
    .extend({ top: margin, bottom: margin, left: margin, right: margin, background: '#808080' })
    .raw()
    .toBuffer({ resolveWithObject: true });
}
