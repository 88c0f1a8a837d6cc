import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { readExifDate } from './exif-date.ts';

/** Above this many pixels a picture is refused: decoding it would take gigabytes. */
const MAX_PIXELS = 100_000_000;

export type ImageErrorCode = 'UNSUPPORTED_TYPE' | 'BROKEN_IMAGE';

/** A file that is no picture we can show; the message says why. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** What a decoder's failure means to a person; its own words are the cause. */
  static broken(cause: unknown): ImageError {
    const isTooLarge = cause instanceof Error && cause.message.includes('pixel limit');
    const message = isTooLarge
      ? `The picture has more than ${MAX_PIXELS / 1_000_000} million pixels.`
      : 'The file is damaged or no image.';
    return new ImageError('BROKEN_IMAGE', message, { cause });
  }
}

/** A picture that was decoded to its last row. */
export interface DecodedImage {
  readonly contentHash: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** In pixels, after the EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly takenAt: Date | undefined;
  readonly thumb: Buffer;
  readonly large: Buffer;
}

export function hashOf(file: Uint8Array): string {
  return createHash('sha256').update(file).digest('hex');
}

/** The media type by the first bytes, for a file's name proves nothing. @throws ImageError */
export function detectMediaType(file: Uint8Array): string {
  const ascii = (from: number, to: number): string => String.fromCharCode(...file.subarray(from, to));
  if (file.length === 0) throw new ImageError('UNSUPPORTED_TYPE', 'The file is empty.');
  if (file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff) return 'image/jpeg';
  if (ascii(1, 4) === 'PNG' && file[0] === 0x89) return 'image/png';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'image/webp';
  throw new ImageError('UNSUPPORTED_TYPE', 'The file is not a JPEG, PNG or WebP picture.');
}

/** sharp with the bounds and the strictness that every file from outside gets. */
export function openImage(file: Uint8Array | string): Sharp {
  return sharp(file, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).rotate();
}

/** Checks the file by decoding it, and makes both previews. @throws ImageError */
export async function readImage(file: Uint8Array): Promise<DecodedImage> {
  const mediaType = detectMediaType(file);
  try {
    const metadata = await sharp(file, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).metadata();
    const image = openImage(file);
    const [thumb, large] = await Promise.all([
      makePreview(image.clone(), 'thumb'),
      makePreview(image.clone(), 'large'),
    ]);
    const isTurned = (metadata.orientation ?? 1) >= 5;
    return {
      contentHash: hashOf(file),
      mediaType,
      bytes: file.length,
      width: isTurned ? metadata.height : metadata.width,
      height: isTurned ? metadata.width : metadata.height,
      takenAt: metadata.exif === undefined ? undefined : readExifDate(metadata.exif),
      thumb,
      large,
    };
  } catch (error) {
    throw ImageError.broken(error);
  }
}

/** The longer side of each preview, in pixels. */
const PREVIEW_PX = { thumb: 480, large: 1600 } as const;

export type PreviewSize = keyof typeof PREVIEW_PX;

export function makePreview(image: Sharp, size: PreviewSize): Promise<Buffer> {
  const side = PREVIEW_PX[size];
  return image
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: size === 'thumb' ? 76 : 82, effort: 3 })
    .toBuffer();
}
