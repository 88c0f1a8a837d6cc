import { closeSync, mkdtempSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type WriteKind = 'set' | 'delete' | 'invalidateTags' | 'clear';
/** `fill`: inspect, and on a miss ask the source and store under the fence that the miss gave. */
export type ReadKind = 'get' | 'getMany' | 'getOrSet' | 'getOrSetMany' | 'fill';

/** The source got a version of the key at `startMs`; from `ackMs` on the caches had said that what is older is gone. */
export interface WriteRecord {
  readonly op: 'write';
  readonly kind: WriteKind;
  readonly key: string;
  readonly node: number;
  readonly version: number;
  readonly startMs: number;
  /** Absent: it was never acknowledged, and no read owes it anything. */
  readonly ackMs?: number;
}

/** What a read that began at `startMs` gave. */
export interface ReadRecord {
  readonly op: 'read';
  readonly kind: ReadKind;
  readonly key: string;
  readonly node: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Absent: a miss. */
  readonly version?: number;
  /** Read when all was quiet and healed: then only the latest version is right. */
  readonly atRest?: true;
}

export type HistoryRecord = WriteRecord | ReadRecord;

/** Takes the records of a run as they end. */
export interface History {
  add(record: HistoryRecord): void;
}

/** Lines that are written at once. */
const CHUNK = 2_000;

/** A history as lines of JSON in a file of its own below the system's temporary folder. */
export class HistoryFile implements History {
  readonly path: string = join(mkdtempSync(join(tmpdir(), 'keepsake-coherence-')), 'history.jsonl');
  readonly #file = openSync(this.path, 'w');
  readonly records: HistoryRecord[] = [];
  #written = 0;

  add(record: HistoryRecord): void {
    this.records.push(record);
    if (this.records.length - this.#written >= CHUNK) this.#write();
  }

  close(): void {
    this.#write();
    closeSync(this.#file);
  }

  #write(): void {
    const lines = this.records.slice(this.#written).map((record) => `${JSON.stringify(record)}\n`);
    this.#written = this.records.length;
    writeSync(this.#file, lines.join(''));
  }
}
