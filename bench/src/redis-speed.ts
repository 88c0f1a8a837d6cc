/**
 * Operations per second of all subjects. Each is a process that lives through all rounds; they take turns, one
 * measurement each. Ratios are medians of the ratios within a round, so that what else the machine does meanwhile
 * strikes both sides; those to ioredis are to the better of its two modes.
 */
import { type MeasuringWorker, startMeasuringWorker } from './measuring-worker.ts';
import { SUBJECTS } from './redis-subjects.ts';
import type { Metric, Order, Size } from './redis-worker.ts';
import { median, type Row, type Settings } from './report.ts';

interface Measurement {
  readonly metric: Metric;
  readonly title: string;
  readonly operations: number;
  readonly sizes: readonly Size[];
}

const PROGRAM = new URL('redis-worker.ts', import.meta.url);

type Worker = MeasuringWorker<Order, number>;

const BOTH: readonly Size[] = ['small', 'large'];

const measurements: readonly Measurement[] = [
  { metric: 'get', title: 'get', operations: 30_000, sizes: BOTH },
  { metric: 'set', title: 'set, nobody told', operations: 30_000, sizes: BOTH },
  { metric: 'setCoherent', title: 'set, other nodes told', operations: 30_000, sizes: BOTH },
  { metric: 'getMany', title: 'mget of 100', operations: 1_000, sizes: BOTH },
  { metric: 'warm', title: 'getOrSet warm', operations: 30_000, sizes: BOTH },
  { metric: 'cold', title: 'getOrSet cold', operations: 15_000, sizes: BOTH },
  { metric: 'alone', title: 'get by one caller alone', operations: 4_000, sizes: BOTH },
  { metric: 'getTagged', title: 'get, tagged', operations: 30_000, sizes: BOTH },
  { metric: 'getNear', title: 'get, memory in front', operations: 200_000, sizes: BOTH },
];

/** What is held against what: the best of the references in each round counts. */
interface Comparison {
  readonly metric: Metric;
  readonly to: readonly string[];
  readonly toMetric?: Metric;
  /** Of Keepsake's ratio; the least, but for `alone`. */
  readonly bar: number;
}

const IOREDIS = ['ioredis', 'ioredis, auto-pipelining'];

const comparisons: readonly Comparison[] = [
  { metric: 'get', to: IOREDIS, bar: 0.85 },
  { metric: 'set', to: IOREDIS, bar: 0.85 },
  { metric: 'setCoherent', to: IOREDIS, bar: 0.95 },
  { metric: 'setCoherent', to: IOREDIS, toMetric: 'set', bar: 0.6 },
  { metric: 'getMany', to: IOREDIS, bar: 0.9 },
  { metric: 'warm', to: IOREDIS, bar: 0.85 },
  { metric: 'cold', to: IOREDIS, bar: 0.7 },
  { metric: 'alone', to: IOREDIS, bar: 1.1 },
  { metric: 'getTagged', to: ['keepsake'], toMetric: 'get', bar: 1 / 1.15 },
  { metric: 'getNear', to: ['bentocache'], bar: 3 },
];

/** Figures of all rounds, by subject, metric and size. */
type Samples = Map<string, number[]>;

const idOf = (subject: string, metric: Metric, size: Size): string =>
  `${subject}\u0000${metric}\u0000${size}`;

export const speedRows = async (url: string, settings: Settings): Promise<Row[]> => {
  const workers = new Map<string, Worker>();
  try {
    for (const name of Object.keys(SUBJECTS)) {
      workers.set(name, await startMeasuringWorker(PROGRAM, [name, url]));
    }
    const samples = await takeTurns(workers, settings);
    return comparisons.flatMap((comparison) => rowsOf(comparison, samples));
  } finally {
    await Promise.all([...workers.values()].map((worker) => worker.end()));
  }
};

const takeTurns = async (
  workers: ReadonlyMap<string, Worker>,
  { isQuick, rounds }: Settings,
): Promise<Samples> => {
  const samples: Samples = new Map();
  const names = [...workers.keys()];
  for (let round = 0; round < rounds; round += 1) {
    for (const { metric, sizes, operations } of measurements) {
      for (const size of sizes) {
        for (let i = 0; i < names.length; i += 1) {
          const name = names[(i + round) % names.length] ?? '';
          const order = { metric, size, operations: Math.ceil(operations * (isQuick ? 0.3 : 1)) };
          const sample = await workers.get(name)?.ask(order);
          if (sample === undefined) continue;
          const id = idOf(name, metric, size);
          samples.set(id, [...(samples.get(id) ?? []), sample]);
        }
      }
    }
    process.stderr.write(`\rround ${round + 1} of ${rounds} `);
  }
  process.stderr.write('\n');
  return samples;
};

const rowsOf = ({ metric, to, toMetric = metric, bar }: Comparison, samples: Samples): Row[] => {
  const isTime = metric === 'alone';
  const measurement = measurements.find((one) => one.metric === metric);
  const title = measurement?.title ?? metric;
  const against = measurements.find((one) => one.metric === toMetric)?.title ?? toMetric;
  return (measurement?.sizes ?? []).flatMap((size) => {
    const references = to.map((name) => samples.get(idOf(name, toMetric, size)) ?? []);
    const best = (round: number): number => {
      const figures = references.flatMap((figuresOfOne) => figuresOfOne[round] ?? []);
      return isTime ? Math.min(...figures) : Math.max(...figures);
    };
    // Another metric of the reference concerns Keepsake only.
    const names = toMetric === metric ? Object.keys(SUBJECTS) : ['keepsake'];
    return names.flatMap((name) => {
      const own = samples.get(idOf(name, metric, size));
      if (!own) return [];
      return [
        {
          subject: name,
          version: SUBJECTS[name]?.version ?? '',
          metric: `${title}, ${size === 'small' ? '91 B' : '1.7 kB'}${toMetric === metric ? '' : `, to "${against}"`}`,
          unit: isTime ? 'us' : 'per s',
          median: median(own),
          min: Math.min(...own),
          max: Math.max(...own),
          ratioTo: to[0] ?? '',
          ratio: median(own.map((figure, round) => figure / best(round))),
          ...(name === 'keepsake' && { bar, ...(!isTime && { isLeast: true }) }),
        },
      ];
    });
  });
};
