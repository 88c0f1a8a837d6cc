/** What an entry is taken to cost besides its key and value: map slot, queues, timer wheel, the entry object. */
export const ENTRY_OVERHEAD_BYTES = 112;

const OBJECT_BYTES = 24;
const FIELD_BYTES = 8;

/**
 * Estimates the bytes that `value` holds in memory: 2 a UTF-16 unit, 8 a number, buffers as they are.
 * Never throws; a cycle or a very large graph is cut off at `limit`. O(nodes).
 */
export const weighValue = (value: unknown, limit: number = Infinity): number => {
  let bytes = 0;
  const pending: unknown[] = [value];
  while (pending.length > 0 && bytes <= limit) bytes += weighNode(pending.pop(), pending);
  return bytes;
};

const weighNode = (node: unknown, pending: unknown[]): number => {
  if (typeof node === 'string') return OBJECT_BYTES + node.length * 2;
  if (typeof node !== 'object' || node === null) return FIELD_BYTES;
  if (ArrayBuffer.isView(node) || node instanceof ArrayBuffer) return OBJECT_BYTES * 3 + node.byteLength;
  if (node instanceof Map) {
    for (const [k, v] of node) pending.push(k, v);
    return OBJECT_BYTES + node.size * FIELD_BYTES * 4;
  }
  if (Array.isArray(node) || node instanceof Set) {
    for (const item of node as Iterable<unknown>) pending.push(item);
    return OBJECT_BYTES + (Array.isArray(node) ? node.length : node.size * 2) * FIELD_BYTES;
  }
  const names = Object.keys(node);
  for (const name of names) pending.push((node as Record<string, unknown>)[name]);
  return OBJECT_BYTES + names.length * FIELD_BYTES;
};
