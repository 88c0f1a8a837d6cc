import { type Address } from '../place.ts';
import { SLOT_COUNT } from '../slot.ts';

/** Nodes of one cluster; the server's own limit is about this. */
export const MAX_NODES = 1_000;

/** One run of slots, first and last included, as `CLUSTER SLOTS` tells it: its master first, then its replicas. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly nodes: readonly Address[];
}

/**
 * Reads the reply of `CLUSTER SLOTS`. A node that does not know its own address is where it was asked.
 *
 * @throws TypeError where it is no such reply: from a server that is no cluster, or a forged one.
 */
export const parseSlots = (reply: unknown, askedAt: Address): SlotRange[] => {
  const ranges = listOf(reply).map((item) => {
    const [first, last, ...nodes] = listOf(item);
    const range = {
      first: Number(first),
      last: Number(last),
      nodes: nodes.flatMap((n) => parseNode(n, askedAt)),
    };
    const isValid =
      Number.isInteger(range.first) &&
      range.first >= 0 &&
      range.last < SLOT_COUNT &&
      range.first <= range.last &&
      range.nodes.length > 0;
    if (!isValid) throw new TypeError('CLUSTER SLOTS: the reply is none');
    return range;
  });
  if (ranges.length > SLOT_COUNT || ranges.length === 0)
    throw new TypeError('CLUSTER SLOTS: nobody serves a slot');
  return ranges;
};

/** [host, port, id, ...]. A replica without an address is left out. */
const parseNode = (item: unknown, askedAt: Address): Address[] => {
  const [host, port] = listOf(item);
  // null: the preferred kind of address is not known; ''; '?': the name is not.
  if (host === null || String(host) === '') return [{ host: askedAt.host, port: Number(port) }];
  return String(host) === '?' ? [] : [{ host: String(host), port: Number(port) }];
};

const listOf = (value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw new TypeError('CLUSTER SLOTS: the reply is none');
  return value;
};
