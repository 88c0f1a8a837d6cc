/**
 * Whether a history keeps the promise: a read never returns a version older than one that was acknowledged more
 * than the bound before the read began.
 *
 * Idea: a read of version v is as stale as the time between the earliest acknowledgement of any newer version and
 * its own beginning. Per key the earliest acknowledgement of what is newer than v is a minimum over a suffix of the
 * versions, made once; so a history of n records takes O(n).
 */
import type { HistoryRecord, ReadRecord } from './history.ts';

export interface Verdict {
  readonly reads: number;
  /** Reads that gave a value. */
  readonly hits: number;
  readonly acknowledged: number;
  /** How long before a read a newer version than it returned had been acknowledged, at worst. */
  readonly worstStalenessMs: number;
  /** Reads beyond the bound, and old versions at rest, as sentences. */
  readonly violations: readonly string[];
}

export const checkHistory = (records: Iterable<HistoryRecord>, stalenessMs: number): Verdict => {
  const all = [...records];
  const newerAcked = new Map<string, readonly number[]>();
  for (const [key, acks] of acksOf(all)) newerAcked.set(key, earliestAbove(acks));
  const violations: string[] = [];
  let [reads, hits, acknowledged, worstStalenessMs] = [0, 0, 0, 0];
  for (const record of all) {
    if (record.op === 'write') {
      if (record.ackMs !== undefined) acknowledged += 1;
      continue;
    }
    reads += 1;
    if (record.version === undefined) continue;
    hits += 1;
    const above = newerAcked.get(record.key) ?? [];
    const staleMs = record.startMs - (above[record.version] ?? Infinity);
    worstStalenessMs = Math.max(worstStalenessMs, staleMs);
    // At rest every version that the source got counts, acknowledged or not.
    if (record.atRest ? record.version < above.length - 1 : staleMs > stalenessMs) {
      violations.push(sentence(record, staleMs, above.length - 1));
    }
  }
  return { reads, hits, acknowledged, worstStalenessMs, violations };
};

/** When each version was acknowledged, by key; Infinity where it was not. Version 0 is what is there at the start. */
const acksOf = (records: readonly HistoryRecord[]): Map<string, number[]> => {
  const acks = new Map<string, number[]>();
  for (const record of records) {
    if (record.op !== 'write') continue;
    const ofKey = acks.get(record.key) ?? [Infinity];
    while (ofKey.length <= record.version) ofKey.push(Infinity);
    ofKey[record.version] = record.ackMs ?? Infinity;
    acks.set(record.key, ofKey);
  }
  return acks;
};

/** At place v the earliest of what lies behind v. */
const earliestAbove = (acks: readonly number[]): number[] => {
  const above = acks.map(() => Infinity);
  for (let v = acks.length - 2; v >= 0; v -= 1) above[v] = Math.min(above[v + 1] ?? 0, acks[v + 1] ?? 0);
  return above;
};

const sentence = (read: ReadRecord, staleMs: number, latest: number): string => {
  const { kind, key, node, startMs, version } = read;
  const what = `${kind} of ${key} at node ${node}, begun at ${startMs.toFixed(1)}, gave version ${version}`;
  return read.atRest
    ? `at rest: ${what}, and the source has ${latest}`
    : `${what}, ${staleMs.toFixed(1)} ms after a newer one was acknowledged`;
};
