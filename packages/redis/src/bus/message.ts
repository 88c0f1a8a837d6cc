/**
 * How a message lies on the bus, wire version 1.
 *
 *   0  2  magic "KB"
 *   2  1  wire version
 *   3  1  kind: k keys, t tags, c clear
 *   4  1  mode: d delete, e expire
 *   5  1  bytes of the sender's id, then the id
 *   .  -  each key, tag or pattern: its length (4 bytes, big-endian) and its bytes
 *
 * Lengths, not separators: a key may hold any byte. Whoever may publish can write anything, so all is checked;
 * what is no message of this version is ignored. A later kind or version must therefore be one that older
 * processes can do without.
 */
import type { BusMessage, RemovalMode } from '@keepsake/core';

export const MAX_MESSAGE_BYTES: number = 2 ** 20;
/** One key, tag or pattern in bytes: a key of 64 Ki UTF-16 units. */
const MAX_ITEM_BYTES = 3 * 2 ** 16;
const MAX_ID_BYTES = 64;

const HEAD_BYTES = 6;
const LENGTH_BYTES = 4;
const MAGIC = 0x4b42;
const WIRE_VERSION = 1;

const KIND_LETTERS = { keys: 'k', tags: 't', clear: 'c' } as const;
const MODE_LETTERS = { delete: 'd', expire: 'e' } as const;

/** As one message, or several where one would be too long. `from`: the sender's id, in ASCII. */
export const encodeMessage = (from: string, message: BusMessage): Buffer[] => {
  const items = itemsOf(message);
  const messages: Buffer[] = [];
  let first = 0;
  let size = HEAD_BYTES + from.length;
  for (const [i, item] of items.entries()) {
    const itemBytes = LENGTH_BYTES + Buffer.byteLength(item);
    if (i > first && size + itemBytes > MAX_MESSAGE_BYTES) {
      messages.push(encodeOne(from, message, items.slice(first, i), size));
      first = i;
      size = HEAD_BYTES + from.length;
    }
    size += itemBytes;
  }
  if (items.length > 0) messages.push(encodeOne(from, message, items.slice(first), size));
  return messages;
};

/** Who sent it; undefined where it is no message of this version. */
export const senderOf = (bytes: Buffer): string | undefined => {
  const isOurs =
    bytes.length >= HEAD_BYTES &&
    bytes.length <= MAX_MESSAGE_BYTES &&
    bytes.readUInt16BE(0) === MAGIC &&
    bytes[2] === WIRE_VERSION;
  const end = HEAD_BYTES + (bytes[5] ?? 0);
  return isOurs && end <= bytes.length && end <= HEAD_BYTES + MAX_ID_BYTES
    ? bytes.toString('latin1', HEAD_BYTES, end)
    : undefined;
};

/** What it says; undefined where it is no message of this version, or damaged. */
export const decodeMessage = (bytes: Buffer): BusMessage | undefined => {
  if (senderOf(bytes) === undefined) return undefined;
  const items = readItems(bytes, HEAD_BYTES + (bytes[5] ?? 0));
  const mode = modeOf(bytes[4]);
  if (!items || !mode) return undefined;
  switch (String.fromCharCode(bytes[3] ?? 0)) {
    case KIND_LETTERS.keys:
      return { kind: 'keys', keys: items, mode };
    case KIND_LETTERS.tags:
      return { kind: 'tags', tags: items, mode };
    case KIND_LETTERS.clear:
      return items.length === 1 ? { kind: 'clear', pattern: items[0] ?? '' } : undefined;
    default:
      return undefined;
  }
};

const encodeOne = (from: string, message: BusMessage, items: readonly string[], size: number): Buffer => {
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt16BE(MAGIC, 0);
  bytes[2] = WIRE_VERSION;
  bytes.write(KIND_LETTERS[message.kind], 3, 'latin1');
  bytes.write(message.kind === 'clear' ? MODE_LETTERS.delete : MODE_LETTERS[message.mode], 4, 'latin1');
  bytes[5] = from.length;
  let at = HEAD_BYTES + bytes.write(from, HEAD_BYTES, 'latin1');
  for (const item of items) {
    const itemBytes = bytes.write(item, at + LENGTH_BYTES);
    bytes.writeUInt32BE(itemBytes, at);
    at += LENGTH_BYTES + itemBytes;
  }
  return bytes;
};

const itemsOf = (message: BusMessage): readonly string[] => {
  if (message.kind === 'clear') return [message.pattern];
  return message.kind === 'keys' ? message.keys : message.tags;
};

const readItems = (bytes: Buffer, start: number): string[] | undefined => {
  const items: string[] = [];
  let at = start;
  while (at < bytes.length) {
    if (at + LENGTH_BYTES > bytes.length) return undefined;
    const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
    if (end > bytes.length || end - at - LENGTH_BYTES > MAX_ITEM_BYTES) return undefined;
    items.push(bytes.toString('utf8', at + LENGTH_BYTES, end));
    at = end;
  }
  return items.length > 0 ? items : undefined;
};

const modeOf = (letter: number | undefined): RemovalMode | undefined => {
  if (letter === MODE_LETTERS.delete.charCodeAt(0)) return 'delete';
  return letter === MODE_LETTERS.expire.charCodeAt(0) ? 'expire' : undefined;
};
