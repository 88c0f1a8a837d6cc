/**
 * The check of an entry's head: the first four bytes of its SHA-1, because that is what a script in the server can
 * compute. Every read of an entry needs it, and what is read is mostly what was read before: the checks of the last
 * heads are kept (a table that is overwritten, so bounded), which takes a tenth of the time of computing one.
 */
import { sha1Start } from './sha1.ts';

/** Heads that can be kept; a power of two. */
const PLACES = 4_096;
/** A head of 16 bytes, in words, and its check. Longer heads are computed each time. */
const KEPT_BYTES = 16;
const WORDS = 5;

const kept = new Int32Array(PLACES * WORDS);

/** Whether the four bytes at `length` are the check of the `length` bytes before; `length` is at most 55. */
export const isHeadIntact = (bytes: Buffer, length: number): boolean => {
  const check = bytes.readInt32BE(length);
  if (length !== KEPT_BYTES) return (sha1Start(bytes, length) | 0) === check;
  const a = bytes.readInt32BE(0);
  const b = bytes.readInt32BE(4);
  const c = bytes.readInt32BE(8);
  const d = bytes.readInt32BE(12);
  const mixed = Math.imul(b ^ Math.imul(c, 0x9e3779b1) ^ d, 0x85ebca6b);
  const at = ((mixed ^ (mixed >>> 15)) & (PLACES - 1)) * WORDS;
  // All of the head is compared: a damaged one is none that was kept. (It begins with the magic; a free place with 0.)
  if (
    a !== 0 &&
    kept[at] === a &&
    kept[at + 1] === b &&
    kept[at + 2] === c &&
    kept[at + 3] === d &&
    kept[at + 4] === check
  ) {
    return true;
  }
  if ((sha1Start(bytes, length) | 0) !== check) return false;
  kept[at] = a;
  kept[at + 1] = b;
  kept[at + 2] = c;
  kept[at + 3] = d;
  kept[at + 4] = check;
  return true;
};
