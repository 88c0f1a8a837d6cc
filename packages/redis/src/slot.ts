/**
 * Redis Cluster puts a key into one of 16,384 slots: CRC16 (XMODEM) of the key, or of the part between its
 * first `{` and the next `}` where that part is not empty (Redis Cluster specification, "Hash tags").
 *
 * A helper key must lie in the slot of its value whatever braces the user's key holds. So it begins with a
 * tag of our own, `{tag}`, taken from a table that has a short tag for every slot: the n-th slot's tag is the
 * smallest number, in base 36, that hashes to it. Every process computes the same table.
 */

export const SLOT_COUNT = 16_384;

const CRC_TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

const crc16 = (bytes: Uint8Array, start: number, end: number): number => {
  let crc = 0;
  for (let i = start; i < end; i += 1) {
    crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[((crc >> 8) ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  }
  return crc;
};

const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The slot of a key. */
export const slotOf = (key: string): number => {
  const bytes = Buffer.from(key);
  const open = bytes.indexOf(OPEN);
  const close = open < 0 ? -1 : bytes.indexOf(CLOSE, open + 1);
  const isTagged = close > open + 1;
  return (isTagged ? crc16(bytes, open + 1, close) : crc16(bytes, 0, bytes.length)) % SLOT_COUNT;
};

const tags = new Map<number, string>();
let nextCandidate = 0;

/** A short text without braces that lies in `slot`. */
export const tagOfSlot = (slot: number): string => {
  // About 170,000 candidates fill the whole table, once in the life of the process and only as far as needed.
  for (let tag = tags.get(slot); ; tag = tags.get(slot)) {
    if (tag !== undefined) return tag;
    const candidate = nextCandidate.toString(36);
    nextCandidate += 1;
    const found = slotOf(candidate);
    if (!tags.has(found)) tags.set(found, candidate);
  }
};
