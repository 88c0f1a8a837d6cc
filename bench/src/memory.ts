/**
 * The synchronous memory store against lru-cache with TTL, and `cache.get` against a bare promise over it. Each
 * measurement is a process of its own, subject after subject, round after round.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, publish, readSettings, type Row } from './report.ts';

const settings = readSettings({ full: 9, quick: 3 });
const size = settings.isQuick ? 'quick' : 'full';
const program = fileURLToPath(new URL('memory-subject.ts', import.meta.url));

interface Group {
  readonly mode: 'speed' | 'bytes';
  readonly rounds: number;
  readonly reference: string;
  readonly subjects: readonly (readonly [name: string, version: string])[];
  readonly units: Readonly<Record<string, string>>;
}

/** The most that Keepsake may take, as a ratio to the reference. */
const BARS: Readonly<Record<string, number>> = {
  'get hit': 0.6,
  'get miss': 0.8,
  overwrite: 0.5,
  insert: 1,
  'set and evict': 1.2,
  'zipf mix': 0.8,
  'heap per entry': 1.2,
  'RSS per entry': 0.9,
  'await get hit, a string': 1.3,
  'await getOrSet hit, a string': 1.5,
  'await get hit, 1.7 kB object': 1.2,
};

const groups: readonly Group[] = [
  {
    mode: 'speed',
    rounds: settings.rounds,
    reference: 'lru-cache with TTL',
    subjects: [
      ['Map', ''],
      ['lru-cache with TTL', '11'],
      ['lru-cache, no TTL', '11'],
      ['keepsake s3-fifo with TTL', ''],
      ['keepsake lru with TTL', ''],
    ],
    units: {
      'get hit': 'ns',
      'get miss': 'ns',
      overwrite: 'ns',
      insert: 'ns',
      'set and evict': 'ns',
      'zipf mix': 'ns',
      'zipf hit ratio': '%',
    },
  },
  {
    mode: 'bytes',
    rounds: Math.min(3, settings.rounds),
    reference: 'lru-cache with TTL',
    subjects: [
      ['Map', ''],
      ['lru-cache with TTL', '11'],
      ['keepsake s3-fifo with TTL', ''],
    ],
    units: { 'heap per entry': 'B', 'RSS per entry': 'B' },
  },
  {
    mode: 'speed',
    rounds: settings.rounds,
    reference: 'lru-cache behind a promise',
    subjects: [
      ['lru-cache behind a promise', '11'],
      ['keepsake createCache', ''],
      ['bentocache memory, no serialize', '1.6.1'],
    ],
    units: {
      'await get hit, a string': 'ns',
      'await getOrSet hit, a string': 'ns',
      'await get hit, 1.7 kB object': 'ns',
    },
  },
];

const measureOnce = (name: string, mode: string): Record<string, number> => {
  const run = spawnSync(process.execPath, ['--expose-gc', program, name, mode, size], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${name}: ${run.stderr}`);
  return JSON.parse(run.stdout) as Record<string, number>;
};

const rowsOf = ({ mode, rounds, reference, subjects, units }: Group): Row[] => {
  const samples = new Map<string, number[]>();
  const id = (name: string, metric: string): string => `${name}\u0000${metric}`;
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < subjects.length; i += 1) {
      const [name] = subjects[(i + round) % subjects.length] ?? [''];
      for (const [metric, sample] of Object.entries(measureOnce(name, mode))) {
        samples.set(id(name, metric), [...(samples.get(id(name, metric)) ?? []), sample]);
      }
    }
    process.stderr.write(`\r${reference}, ${mode}: round ${round + 1} of ${rounds} `);
  }
  process.stderr.write('\n');
  return Object.entries(units).flatMap(([metric, unit]) =>
    subjects.flatMap(([subject, version]) => {
      const own = samples.get(id(subject, metric));
      if (!own) return [];
      const ratio = median(own) / median(samples.get(id(reference, metric)) ?? []);
      const bar =
        subject.startsWith('keepsake s3') || subject.includes('createCache') ? BARS[metric] : undefined;
      return [
        {
          subject,
          version,
          metric,
          unit,
          median: median(own),
          min: Math.min(...own),
          max: Math.max(...own),
          ratioTo: reference,
          ratio,
          ...(bar !== undefined && { bar }),
        },
      ];
    }),
  );
};

publish('memory', groups.flatMap(rowsOf), settings);
