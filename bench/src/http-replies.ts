/** What all subjects of the HTTP benchmark answer with, by path. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';

export type Size = '2 kB' | '50 kB' | '200 kB';

export interface Sample {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

const text = (bytes: number): Buffer => {
  const rows = Array.from({ length: bytes / 64 + 1 }, (_, id) => ({
    id,
    name: `photo ${id}`,
    taken: '2026-01-01',
  }));
  return Buffer.from(JSON.stringify(rows).slice(0, bytes));
};

export const SAMPLES: Readonly<Record<Size, Sample>> = {
  '2 kB': { path: '/2', type: 'application/json', body: text(2_048), etag: '"two"' },
  '50 kB': { path: '/50', type: 'application/json', body: text(51_200), etag: '"fifty"' },
  '200 kB': { path: '/200', type: 'image/jpeg', body: randomBytes(204_800), etag: '"two-hundred"' },
};

const byPath = new Map(Object.values(SAMPLES).map((sample) => [sample.path, sample]));

/** @throws Error for any other path: nothing but the samples is asked for. */
export const sampleAt = (url: string | undefined): Sample => {
  const sample = byPath.get(url ?? '');
  if (!sample) throw new Error(`no sample at ${url}`);
  return sample;
};

export const headersOf = ({ type, body, etag }: Sample): Record<string, string> => ({
  'Content-Type': type,
  'Content-Length': String(body.byteLength),
  'Cache-Control': 'public, max-age=3600',
  ETag: etag,
});

/** What a handler takes that asks a database. */
export const HANDLER_MS = 5;
