/**
 * When a photo was taken, from its EXIF block: a TIFF header, a first
 * directory (IFD0) and, pointed to by tag 0x8769, the Exif directory.
 * Only the three date tags are read. Every offset comes from the file and is
 * checked against its end. Source: CIPA DC-008 (Exif 2.32) 4.6.
 */
const EXIF_POINTER = 0x8769;
const DATE_TIME = 0x0132;
const DATE_TIME_ORIGINAL = 0x9003;
const OFFSET_TIME_ORIGINAL = 0x9011;

/** The moment, or undefined where the block has none. Cameras mostly give no zone: then UTC is taken, so that every machine shows the same. */
export function readExifDate(exif: Uint8Array): Date | undefined {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const start = hasExifPrefix(exif) ? 6 : 0;
  if (view.byteLength < start + 8) return undefined;
  const order = view.getUint16(start);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const tiff = new TiffReader(view, start, order === 0x4949);
  const first = tiff.readDirectory(tiff.uint32(4));
  const pointer = first.get(EXIF_POINTER);
  const exifDirectory =
    pointer === undefined ? new Map<number, number>() : tiff.readDirectory(tiff.uint32(pointer + 8));
  const date = tiff.text(exifDirectory.get(DATE_TIME_ORIGINAL)) ?? tiff.text(first.get(DATE_TIME));
  return date === undefined
    ? undefined
    : parseExifDate(date, tiff.text(exifDirectory.get(OFFSET_TIME_ORIGINAL)));
}

function hasExifPrefix(exif: Uint8Array): boolean {
  return exif.length > 6 && String.fromCharCode(...exif.subarray(0, 4)) === 'Exif';
}

/** `2017:10:31 20:16:18` and an optional `+02:00`. */
function parseExifDate(text: string, offset: string | undefined): Date | undefined {
  const match = /^(\d{4}):(\d{2}):(\d{2}) (\d{2}):(\d{2}):(\d{2})/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const zone = offset !== undefined && /^[+-]\d{2}:\d{2}$/.test(offset) ? offset : 'Z';
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1826 ? undefined : date;
}

class TiffReader {
  readonly #view: DataView;
  readonly #start: number;
  readonly #littleEndian: boolean;

  constructor(view: DataView, start: number, littleEndian: boolean) {
    this.#view = view;
    this.#start = start;
    this.#littleEndian = littleEndian;
  }

  /** 0 beyond the end: no directory lies there. */
  uint32(offset: number): number {
    const at = this.#start + offset;
    return at + 4 <= this.#view.byteLength ? this.#view.getUint32(at, this.#littleEndian) : 0;
  }

  /** Where each tag's 12-byte entry lies. */
  readDirectory(offset: number): Map<number, number> {
    const entries = new Map<number, number>();
    if (offset < 8 || this.#start + offset + 2 > this.#view.byteLength) return entries;
    const count = this.#view.getUint16(this.#start + offset, this.#littleEndian);
    for (let i = 0; i < count; i += 1) {
      const entry = offset + 2 + i * 12;
      if (this.#start + entry + 12 > this.#view.byteLength) break;
      entries.set(this.#view.getUint16(this.#start + entry, this.#littleEndian), entry);
    }
    return entries;
  }

  /** The text of an ASCII entry (type 2); up to 4 bytes lie in the entry itself. */
  text(entry: number | undefined): string | undefined {
    if (entry === undefined || this.#view.getUint16(this.#start + entry + 2, this.#littleEndian) !== 2)
      return undefined;
    const length = this.uint32(entry + 4);
    const from = this.#start + (length <= 4 ? entry + 8 : this.uint32(entry + 8));
    if (length > 64 || from + length > this.#view.byteLength) return undefined;
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, length);
    return String.fromCharCode(...bytes)
      .replace(/\0.*$/s, '')
      .trim();
  }
}
