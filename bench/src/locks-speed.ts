/**
 * Locks taken and released, by one and by many. Each subject is a process that lives through all rounds; they take
 * turns, one measurement each, and ratios are medians of the ratios within a round.
 */
import { MUTEX, RAW, SUBJECTS } from './locks-subjects.ts';
import type { Act, Figures, Order } from './locks-worker.ts';
import { type MeasuringWorker, startMeasuringWorker } from './measuring-worker.ts';
import { median, type Row, type Settings } from './report.ts';

type Kind = 'redis' | 'memory';
type Worker = MeasuringWorker<Order, Figures>;
/** By subject and act: the figures of all rounds. */
type Samples = ReadonlyMap<string, Figures[]>;

interface Bar {
  readonly subject: string;
  readonly bar: number;
}

interface Measurement {
  readonly act: Act;
  readonly figure: string;
  readonly title: string;
  readonly unit: string;
  readonly to: string;
  readonly kinds: readonly Kind[];
  /** The least that the ratio may be; the most where the unit is a time. */
  readonly bars: readonly Bar[];
}

const OURS = 'keepsake';
const OURS_IN_MEMORY = 'keepsake in memory';

/** Pairs a turn; few enough for turns to be short. */
const OPERATIONS: Readonly<Record<Act, Readonly<Record<Kind, number>>>> = {
  one: { redis: 3_000, memory: 150_000 },
  keys: { redis: 15_000, memory: 200_000 },
  contend: { redis: 500, memory: 500 },
  handOver: { redis: 40, memory: 0 },
  herd: { redis: 0, memory: 0 },
};

const perSecond = { figure: 'perSecond', unit: 'per s' };
const onRedis = { to: RAW, kinds: ['redis'] } as const;
const inMemory = { to: MUTEX, kinds: ['memory'] } as const;
const everywhere = { to: MUTEX, kinds: ['redis', 'memory'] } as const;
const bar = (subject: string, least: number): readonly Bar[] => [{ subject, bar: least }];

const measurements: readonly Measurement[] = [
  { act: 'one', title: 'one caller', ...perSecond, ...onRedis, bars: bar(OURS, 0.95) },
  { act: 'one', title: 'one caller, p50', figure: 'p50', unit: 'us', ...onRedis, bars: [] },
  { act: 'keys', title: '64 keys', ...perSecond, ...onRedis, bars: bar(OURS, 0.95) },
  { act: 'one', title: 'one caller, in memory', ...perSecond, ...inMemory, bars: bar(OURS_IN_MEMORY, 0.8) },
  { act: 'one', title: 'one caller, in memory, p50', figure: 'p50', unit: 'us', ...inMemory, bars: [] },
  { act: 'keys', title: '64 keys, in memory', ...perSecond, ...inMemory, bars: bar(OURS_IN_MEMORY, 0.8) },
  {
    act: 'contend',
    title: '50 contenders, 1 ms hold',
    ...perSecond,
    ...everywhere,
    bars: [...bar(OURS, 0.75), ...bar(OURS_IN_MEMORY, 0.8)],
  },
  {
    act: 'contend',
    title: '50 contenders, p99 of the wait',
    figure: 'p99',
    unit: 'ms',
    ...everywhere,
    bars: bar(OURS, 3),
  },
  { act: 'handOver', title: 'hand-over to another node', figure: 'p50', unit: 'ms', ...onRedis, bars: [] },
];

const PROGRAM = new URL('locks-worker.ts', import.meta.url);

const idOf = (subject: string, act: Act): string => `${subject}\u0000${act}`;

export const speedRows = async (url: string, settings: Settings): Promise<Row[]> => {
  const workers = new Map<string, Worker>();
  try {
    for (const name of Object.keys(SUBJECTS)) {
      workers.set(name, await startMeasuringWorker(PROGRAM, [name, url]));
    }
    const samples = await takeTurns(workers, settings);
    return measurements.flatMap((measurement) => rowsOf(measurement, samples));
  } finally {
    await Promise.all([...workers.values()].map((worker) => worker.end()));
  }
};

const takeTurns = async (
  workers: ReadonlyMap<string, Worker>,
  { isQuick, rounds }: Settings,
): Promise<Samples> => {
  const samples = new Map<string, Figures[]>();
  const names = [...workers.keys()];
  const acts = [...new Set(measurements.map(({ act }) => act))];
  for (let round = 0; round < rounds; round += 1) {
    for (const act of acts) {
      for (let i = 0; i < names.length; i += 1) {
        const name = names[(i + round) % names.length] ?? '';
        const operations = OPERATIONS[act][SUBJECTS[name]?.kind ?? 'redis'];
        if (operations === 0) continue;
        const order = { act, operations: Math.ceil(operations * (isQuick ? 0.4 : 1)) };
        const figures = await workers.get(name)?.ask(order);
        if (figures) samples.set(idOf(name, act), [...(samples.get(idOf(name, act)) ?? []), figures]);
      }
    }
    process.stderr.write(`\rround ${round + 1} of ${rounds} `);
  }
  process.stderr.write('\n');
  return samples;
};

const rowsOf = ({ act, figure, title, unit, to, kinds, bars }: Measurement, samples: Samples): Row[] => {
  const of = (name: string): number[] =>
    (samples.get(idOf(name, act)) ?? []).map((figures) => figures[figure] ?? NaN);
  const references = of(to);
  return Object.entries(SUBJECTS).flatMap(([subject, { version, kind }]) => {
    const own = of(subject);
    if (!kinds.includes(kind) || own.length === 0) return [];
    const least = bars.find((one) => one.subject === subject)?.bar;
    return [
      {
        subject,
        version,
        metric: title,
        unit,
        median: median(own),
        min: Math.min(...own),
        max: Math.max(...own),
        ratioTo: to,
        ratio: median(own.map((sample, round) => sample / (references[round] ?? NaN))),
        ...(least !== undefined && { bar: least, isLeast: unit === 'per s' }),
      },
    ];
  });
};
