import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkHistory } from './check-history.ts';
import { type HistoryRecord, HistoryFile } from './history.ts';

const write = (version: number, ackMs?: number, key = 'k'): HistoryRecord => ({
  op: 'write',
  kind: 'delete',
  key,
  node: 0,
  version,
  startMs: 0,
  ...(ackMs !== undefined && { ackMs }),
});

const read = (
  startMs: number,
  version?: number,
  more: { key?: string; atRest?: true } = {},
): HistoryRecord => ({
  op: 'read',
  kind: 'get',
  key: 'k',
  node: 1,
  startMs,
  endMs: startMs,
  ...(version !== undefined && { version }),
  ...more,
});

const violationsOf = (...records: HistoryRecord[]): number => checkHistory(records, 500).violations.length;

describe('the checker of a history', () => {
  it.each([
    ['the version that was acknowledged', [write(1, 100), read(9_000, 1)], 0],
    ['an older one at the bound', [write(1, 100), read(600, 0)], 0],
    ['an older one past the bound', [write(1, 100), read(600.1, 0)], 1],
    ['an older one past the bound, in an order of records that is another', [read(601, 0), write(1, 100)], 1],
    ['a miss', [write(1, 100), read(9_000)], 0],
    ['an old one of another key', [write(1, 100), read(9_000, 0, { key: 'other' })], 0],
    ['an old one, where nothing was acknowledged', [write(1), read(9_000, 0)], 0],
    ['a newer one that is not acknowledged yet', [write(1, 100), write(2), read(9_000, 2)], 0],
    [
      'one that is older than what was acknowledged before',
      [write(1, 100), write(2, 8_900), read(9_000, 0)],
      1,
    ],
    [
      'one that only what was just acknowledged is newer than',
      [write(1, 100), write(2, 8_900), read(9_000, 1)],
      0,
    ],
    ['an old one, past a newer that is not acknowledged', [write(1), write(2, 100), read(9_000, 0)], 1],
    ['the latest at rest', [write(1, 100), read(9_000, 1, { atRest: true })], 0],
    [
      'an old one at rest, of which nothing was acknowledged',
      [write(1), read(9_000, 0, { atRest: true })],
      1,
    ],
    ['a miss at rest', [write(1), read(9_000, undefined, { atRest: true })], 0],
  ])('judges %s', (_, records, expected) => {
    expect(violationsOf(...records)).toBe(expected);
  });

  it('counts reads, hits and acknowledgements, and gives the worst staleness', () => {
    const records = [write(1, 100), write(2), read(300, 0), read(400, 0), read(450), read(1_000, 1)];
    expect(checkHistory(records, 500)).toEqual({
      reads: 4,
      hits: 3,
      acknowledged: 1,
      worstStalenessMs: 300,
      violations: [],
    });
  });

  it('says what was read where, and how late', () => {
    expect(checkHistory([write(1, 100), read(700, 0)], 500).violations).toEqual([
      'get of k at node 1, begun at 700.0, gave version 0, 600.0 ms after a newer one was acknowledged',
    ]);
  });
});

describe('a history in a file', () => {
  it('has a line for each record, in order, however many there are', () => {
    const file = new HistoryFile();
    try {
      const records = Array.from({ length: 4_500 }, (_, i) => read(i, i));
      for (const record of records) file.add(record);
      file.close();
      const lines = readFileSync(file.path, 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(records);
    } finally {
      rmSync(dirname(file.path), { recursive: true });
    }
  });
});
